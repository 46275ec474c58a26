#!/usr/bin/env bash
# Python's email.policy.SMTP folds headers at 78 characters, and a URL that is longer than a line into RFC 2047 encoded words.
# RFC 2047 does not allow those in a List-Unsubscribe header, so that receivers find no URL there: mailparser 3.7.2 (npm) finds
# none. A policy with max_line_length=998 keeps the URL whole, but aiosmtplib 5.1.3 (PyPI), SMTP.send_message, does not ask the
# message for its policy and folds it all the same. Hand SMTP.sendmail the bytes: message.as_bytes(policy=…). Needs Node.js.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check aiosmtplib==5.1.3 aiosmtpd==1.4.6
npm install --silent --no-fund --no-audit mailparser@3.7.2 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > send.py <<'PY'
import asyncio
from email import policy
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
from aiosmtpd.smtp import SMTP

LONG_LINES = policy.SMTP.clone(max_line_length=998)
URL = "https://messages.clinic.example/unsubscribe/0190a0000000700080000000000000abAbCdEfGhIjKlMnOpQrStUvWxYz"


def letter(chosen):
    message = EmailMessage(policy=chosen)
    message["From"], message["To"], message["Subject"] = "care@clinic.example", "ada@example.org", "Your appointment"
    message["List-Unsubscribe"] = f"<{URL}>"
    message.set_content("Hello")
    return message


class Keep:
    name = ""

    async def handle_DATA(self, server, session, envelope):
        Path(self.name).write_bytes(envelope.content)
        return "250 kept"


async def main():
    keep = Keep()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(keep, hostname="localhost"), "127.0.0.1", 0)
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=server.sockets[0].getsockname()[1])
    await client.connect()
    for keep.name, chosen in (("send_message, policy.SMTP", policy.SMTP), ("send_message, 998 a line", LONG_LINES)):
        await client.send_message(letter(chosen))
    keep.name = "sendmail, bytes of 998 a line"
    whole = letter(policy.SMTP).as_bytes(policy=LONG_LINES)
    await client.sendmail("care@clinic.example", "ada@example.org", whole)
    await client.quit()
    server.close()


asyncio.run(main())
PY
venv/bin/python send.py
cat > read.js <<'JS'
const { readFileSync } = require("fs");
const { simpleParser } = require("mailparser");
(async () => {
  for (const name of ["send_message, policy.SMTP", "send_message, 998 a line", "sendmail, bytes of 998 a line"]) {
    const raw = readFileSync(name, "utf8");
    const list = (await simpleParser(raw)).headers.get("list");
    const found = ((list || {}).unsubscribe || {}).url;
    console.log(`${name}: on the wire ${/=\?utf-8\?/.test(raw) ? "encoded words" : "the URL"}; read: ${found || "no URL"}`);
  }
})();
JS
NODE_PATH="$folder/node_modules" node read.js | tee seen
cat > expected <<'TXT'
send_message, policy.SMTP: on the wire encoded words; read: no URL
send_message, 998 a line: on the wire encoded words; read: no URL
sendmail, bytes of 998 a line: on the wire the URL; read: https://messages.clinic.example/unsubscribe/0190a0000000700080000000000000abAbCdEfGhIjKlMnOpQrStUvWxYz
TXT
diff expected seen && echo "As described: only the bytes that we made ourselves arrive with a URL."
