"""Links in the documents lead somewhere, and paths are links."""

from pathlib import Path

from cli.links import bare_paths, dead_links


def test_links_to_files_and_headings_that_exist_are_fine(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# What it's for, in short\n")
    page = tmp_path / "page.md"
    page.write_text("# Top\n[a](other.md) [b](other.md#what-its-for-in-short) [c](#top) [d](https://example.org/x)\n")
    assert list(dead_links(page)) == []


def test_a_link_to_a_missing_file_or_heading_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Top\n[a](gone.md) ![picture](gone.svg) [b](#bottom)\n")
    assert list(dead_links(page)) == ["gone.md", "gone.svg", "#bottom"]


def test_what_stands_in_a_code_block_is_not_a_link(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```\n[a](gone.md)\n```\n")
    assert list(dead_links(page)) == []


def test_a_path_in_the_text_that_is_no_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "cli").mkdir()
    page = tmp_path / "page.md"
    page.write_text("`cli/` [`cli/`](cli) `./homeward` `gone/file.py` and/or\n```\n`cli/`\n```\n")
    assert list(bare_paths(page, tmp_path)) == ["cli/"]
