"""What the JavaScript client does in browsers alone."""

from __future__ import annotations

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.support.cast import Tenancy

CLIENT = """async () => {
  const { Parley } = await import("/assets/now/sdk/client.js");
  const headers = { "X-CSRFToken": JSON.parse(document.querySelector("#page").textContent).csrf };
  const client = new Parley({ url: location.origin, headers, tabs: false });
  const file = new File([new Uint8Array(3_000_000).fill(97)], "a.txt", { type: "text/plain" });
  %s
}"""


async def test_an_upload_tells_how_far_it_is(visit: Visit, acme: Tenancy, alice: Account) -> None:
    ann = await visit(acme, alice)
    await ann.home()
    told, name, size = await ann.page.evaluate(
        CLIENT
        % """
        const told = [];
        const { name, size } = await client.upload(file, { onProgress: (done) => told.push(done) });
        return [told, name, size];
        """
    )
    assert (name, size) == ("a.txt", 3_000_000)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) > 1


async def test_an_upload_is_called_off_on_its_way(visit: Visit, acme: Tenancy, alice: Account) -> None:
    ann = await visit(acme, alice)
    await ann.home()
    code = await ann.page.evaluate(
        CLIENT
        % """
        const controller = new AbortController();
        const options = { onProgress: () => controller.abort(), signal: controller.signal };
        return client.upload(file, options).then(() => "done", ({ code }) => code);
        """
    )
    assert code == "aborted"


async def test_a_refused_upload_says_why(visit: Visit, acme: Tenancy, alice: Account) -> None:
    ann = await visit(acme, alice)
    await ann.home()
    ann.expect_complaint("413")
    refusal = await ann.page.evaluate(
        CLIENT
        % """
        const large = new File([new Uint8Array(11_000_000)], "a.txt");
        const options = { onProgress: () => {} };
        return client.upload(large, options).then(() => "done", ({ code, status }) => [code, status]);
        """
    )
    assert refusal == ["too_big", 413]
