// Refers a person with openapi-fetch and the types that openapi-typescript makes: refer.js URL TOKEN REFERENCE.

import createClient from "openapi-fetch";
import type { components, paths } from "./intake.js";

const [url, token, reference] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });
const person: components["schemas"]["PersonRecord"] = {
  given_name: "Robin",
  family_name: reference,
  date_of_birth: "1985-05-05",
  email: `${reference.toLowerCase()}@people.invalid`,
};
const body: components["schemas"]["NewReferral"] = { site: "bc", protocol_id: "weekly6", reference, person };

const created = await client.POST("/referrals", { body });
const again = await client.POST("/referrals", { body });
const listed = await client.GET("/referrals", { params: { query: { reference } } });
if (!created.data || !again.error || !listed.data) {
  throw new Error(JSON.stringify({ created: created.error, again: again.data, listed: listed.error }));
}
const told = {
  statuses: [created.response.status, again.response.status],
  program_id: created.data.program_id,
  rule: again.error.rule,
  listed: listed.data.items.map(({ program_id, state }) => ({ program_id, state })),
};
console.log(JSON.stringify(told));
