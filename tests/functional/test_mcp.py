"""Programs that speak the Model Context Protocol: the reference client, and garbage."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from datasets.confined import landlock
from tests.common.chromium import served
from tests.common.stack import Stack

TABLE = "站名,线路,客流\n" + "".join(f"站点{n},{n % 7}路,{n}\n" for n in range(500))


def _published(stack: Stack, folder: Path) -> str:
    path = folder / "stations.csv"
    path.write_text(TABLE)
    slug, resource = stack.entry(title="公交站点客流")
    assert stack.deliver(resource, path, "站点.csv")["report"]["valid"]
    stack.publish(slug)
    return slug


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_reference_client_finds_reads_asks_and_fetches(
    embedded: Stack, tmp_path: Path, mode: str
) -> None:
    slug = _published(embedded, tmp_path)
    draft, _ = embedded.entry(title="未发布的公交数据")

    async def talk(address: str) -> dict[str, Any]:
        heard: dict[str, Any] = {}
        async with Client(f"{address}/mcp", mode=mode) as client:
            heard["tools"] = {tool.name for tool in (await client.list_tools()).tools}
            for name, arguments in (
                ("search", {"query": "公交"}),
                ("describe", {"dataset": slug}),
                ("fetch", {"table": f"{slug}/table", "limit": 2}),
                ("query", {"sql": f'SELECT count(*) AS n FROM "{slug}"'}),
            ):
                answer = await client.call_tool(name, arguments)
                assert not answer.is_error, answer
                heard[name] = answer.structured_content
            for name, arguments in (
                ("describe", {"dataset": draft}),
                ("query", {"sql": "DROP TABLE x"}),
                ("fetch", {"table": "x", "limit": 1000}),
            ):
                answer = await client.call_tool(name, arguments)
                assert answer.is_error
                heard[f"no {name}"] = answer.content[0].text
        return heard

    with served(embedded) as address:
        heard = asyncio.run(talk(address))
    assert heard["tools"] == {"search", "describe", "query", "fetch"}
    assert [item["slug"] for item in heard["search"]["items"]] == [slug]
    table = heard["describe"]["tables"][0]
    assert table["rows"] == 500
    assert set(table["downloads"]) >= {"csv", "parquet"}
    assert heard["fetch"]["items"][0]["站名"] == "站点0"
    assert heard["fetch"]["next"]
    if landlock.version():
        assert heard["query"]["items"] == [{"n": 500}]
    assert "SELECT" in heard["no query"]
    assert "limit" in heard["no fetch"]


def _say(stack: Stack, text: Any, **headers: str) -> Any:
    given = {"json": text} if not isinstance(text, bytes) else {"data": text}
    return stack.client.post("/mcp", headers=headers, **given)


def test_messages_that_are_none_get_the_error_of_the_protocol(embedded: Stack) -> None:
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert _say(embedded, request).get_json()["result"]["tools"]
    for text, code in (
        (b"{", -32700),
        (b"[" * 200, -32700),
        ([request], -32600),
        ({"id": 1, "method": "ping"}, -32600),
        ({**request, "id": {}}, -32600),
        ({**request, "method": 5}, -32600),
        ({**request, "method": "resources/list"}, -32601),
        ({**request, "params": 5}, -32602),
        ({**request, "method": "tools/call", "params": {"name": "rm"}}, -32602),
        ({**request, "method": "tools/call", "params": {"name": ["search"]}}, -32602),
        ({**request, "method": "tools/call", "params": {"name": {}}}, -32602),
        (
            {**request, "method": "tools/call", "params": {"name": "search", "arguments": []}},
            -32602,
        ),
    ):
        answer = _say(embedded, text)
        assert answer.get_json()["error"]["code"] == code, text
        assert answer.status_code < 500
    assert (
        _say(embedded, {"jsonrpc": "2.0", "method": "notifications/initialized"}).status_code == 202
    )
    unknown = _say(embedded, request, **{"MCP-Protocol-Version": "1999-01-01"})
    assert (unknown.status_code, unknown.get_json()["error"]["code"]) == (400, -32022)
    mixed = _say(embedded, request, **{"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "ping"})
    assert (mixed.status_code, mixed.get_json()["error"]["code"]) == (400, -32020)
    assert embedded.client.get("/mcp").status_code == 405
    foreign = _say(embedded, request, Origin="https://elsewhere.example")
    assert foreign.status_code == 403


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("search", {"limit": "5"}, "JSON 类型"),
        ("search", {"limit": 0}, "不能小于"),
        ("search", {"query": "x" * 501}, "不能多于"),
        ("search", {"words": "x"}, "没有的参数"),
        ("describe", {}, "缺少"),
        ("query", {"sql": ""}, "不能少于"),
        ("query", {"sql": "SELECT 1", "tables": {str(n): "x" for n in range(17)}}, "最多"),
        ("search", {"after": "Wy01XQ"}, "翻页标记"),
    ],
)
def test_arguments_that_cannot_be_taken_are_told_in_the_readers_language(
    embedded: Stack, tool: str, arguments: dict[str, Any], told: str
) -> None:
    params = {"name": tool, "arguments": arguments}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    answer = _say(embedded, asked, **{"Accept-Language": "zh"}).get_json()["result"]
    assert answer["isError"]
    assert told in answer["content"][0]["text"]


def test_pages_of_a_search_follow_each_other(embedded: Stack, tmp_path: Path) -> None:
    slugs = [_published(embedded, tmp_path) for _ in range(3)]
    seen: list[str] = []
    after = {}
    for _ in range(2):
        params = {"name": "search", "arguments": {"query": "公交", "limit": 2, **after}}
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        found = _say(embedded, asked).get_json()["result"]["structuredContent"]
        seen += [one["slug"] for one in found["items"]]
        after = {"after": found["next"]}
    assert sorted(seen) == sorted(slugs)
    assert found["next"] is None


def test_a_tool_sees_what_anybody_sees_whoever_asks(embedded: Stack) -> None:
    draft, _ = embedded.entry(title="未发布的公交数据")
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    for who in ("", "lin", "admin"):
        told = []
        for slug in (draft, "nothing-of-the-kind"):
            params = {"name": "describe", "arguments": {"dataset": slug}}
            answer = _say(embedded, {**ask, "params": params}, **embedded.as_(who)).get_json()
            told.append(answer["result"]["content"][0]["text"])
            assert answer["result"]["isError"]
        assert told[0] == told[1]
