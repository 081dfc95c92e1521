/*
 * webhooks.test.mjs: one of the staff makes a webhook in the browser, sends a test to a receiver
 * that checks it as the guide says, looks into the log, and mends what was typed wrong; with and
 * without a script. SCREENS=1 takes pictures of its pages.
 */
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT, test } from "./browser.mjs";

/* The example of the guide, as it stands there. */
const guide = readFileSync(path.join(ROOT, "docs/api/webhooks.md"), "utf8");
const [, example] = guide.match(/^```js\n([^]*?)^```$/m);
const { genuine } = await import(`data:text/javascript,${encodeURIComponent(example)}`);

/* Answers 200 and keeps what came. */
async function receiver() {
    const got = [];
    const server = createServer((request, answer) => {
        let body = "";
        request.on("data", (text) => (body += text));
        request.on("end", () => {
            got.push({ headers: request.headers, body });
            answer.end("taken, thanks");
        });
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { got, server, url: `http://127.0.0.1:${server.address().port}/skep` };
}

async function appears(page, words) {
    for (let i = 0; i < 100 && !(await page.locator(words).count()); i++) {
        await page.waitForTimeout(50); /* bounded: PATIENCE of a page is longer */
        await page.reload();
    }
    await page.waitForSelector(words);
}

for (const js of [true, false])
    test(`a webhook is made and tried ${js ? "with" : "without"} a script`, async (t) => {
        const page = await t.page({ as: "staff", js });
        const { got, server, url } = await receiver();
        t.expect(page, /422/);
        await page.goto("/webhooks");
        await page.fill("[name=name]", js ? "Build server" : "Plain server");
        await page.fill("[name=url]", "https://a:b@receiver.example/");
        await page.click("text=Make the webhook");
        await page.waitForSelector("text=No name and password in the address");
        await page.fill("[name=url]", url);
        await page.fill("[name=events]", "idea.create *.delete");
        await page.click("text=Make the webhook");
        const secret = await page.locator("code.token").innerText();
        t.ok(/^whsec_[A-Za-z0-9+/]{32}$/.test(secret), `the secret: ${secret}`);
        await t.valid(page, "/webhooks");
        await page.goto("/webhooks");
        await page.click(`text=${js ? "Build server" : "Plain server"}`);
        await page.waitForSelector("h1");
        t.equal(await page.locator("text=whsec_").count(), 0, "the secret is shown again");
        await page.click("text=Send a test");
        await appears(page, "td:has-text('delivered')");
        t.equal(got.length, 1, "requests");
        t.ok(genuine(secret, got[0].headers, got[0].body), "the signature");
        t.ok(!genuine(secret, got[0].headers, got[0].body + " "), "another body is genuine");
        await page.click("th >> text=ping");
        await page.waitForSelector("text=taken, thanks");
        await t.fits(page);
        await t.valid(page);
        if (js) await t.axe(page);
        await page.click("text=Send again");
        await page.waitForSelector("text=It is sent again.");
        server.close();
    });

test("it is taken away", async (t) => {
    const page = await t.page({ as: "staff", width: "phone" });
    await page.goto("/webhooks");
    await page.click("text=Build server");
    await page.waitForSelector("text=Secret, and end");
    await t.axe(page);
    await t.fits(page);
    if (process.env.SCREENS) {
        const address = new URL(page.url()).pathname;
        await t.screens("/webhooks", "webhooks", { as: "staff" });
        await t.screens(address, "webhook", { as: "staff" });
        const one = await page.locator("th a").first().getAttribute("href");
        await t.screens(one, "delivery", { as: "staff" });
    }
    await page.click("button[formaction^='/webhooks/']:has-text('Take away')");
    await page.locator("dialog[open] button[value=yes]").click();
    await page.waitForSelector("text=The webhook is taken away.");
    t.equal(await page.locator("text=Build server").count(), 0, "webhooks of that name");
});
