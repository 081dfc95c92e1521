/*
 * browser.test.mjs: the watch over pages itself, on a small server that misbehaves on purpose.
 */
import { createServer } from "node:http";
import { Trial, test } from "./browser.mjs";

export const site = null;

const POLICY = "default-src 'none'; script-src 'self'; img-src *; connect-src 'self'";
const pages = {
    "/good": `<h1>Good</h1><script src="/quiet.js"></script>`,
    "/console": `<h1>Says</h1><script src="/loud.js"></script>`,
    "/throws": `<h1>Throws</h1><script src="/throws.js"></script>`,
    "/missing": `<h1>Lacks</h1><img src="/none.png" alt="">`,
    "/outside": `<h1>Leaves</h1><img src="http://example.org/x.png" alt="">`,
    "/policy": `<h1>Inline</h1><script>1</script>`,
    "/contrast": `<h1 style="x">Faint</h1><img src="/quiet.js">`,
    "/wide": `<h1>Wide</h1><pre>${"wide ".repeat(200)}</pre>`,
    "/invalid": `<h1>Open<div></h1>`,
};
const scripts = {
    "/quiet.js": "document.title += '!'",
    "/loud.js": "console.log('hello')",
    "/throws.js": "throw new Error('broken')",
};

function serve(request, response) {
    const { url } = request;
    const type = scripts[url] ? "text/javascript" : "text/html; charset=utf-8";
    const body = pages[url] && "<!DOCTYPE html>\n" +
        `<html lang="en"><head><title>Page</title></head>` +
        `<body><main>${pages[url]}</main></body></html>`;
    response.writeHead(body || scripts[url] || url === "/favicon.ico" ? 200 : 404, {
        "Content-Type": type,
        "Content-Security-Policy": POLICY,
    });
    response.end(body || scripts[url]);
}

/* What the watch says about a page; `step` may do more there. */
async function told(t, address, { expect = null, step = null } = {}) {
    const server = createServer(serve);
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${server.address().port}`;
    const trial = new Trial({ origin, signIns: {} }, t.browser);
    let thrown = "";
    try {
        const page = await trial.page({ width: "phone" });
        if (expect) trial.expect(page, expect);
        await page.goto(address, { waitUntil: "load" });
        await page.waitForTimeout(100);
        await step?.(trial, page);
    } catch (error) {
        thrown = error.message;
    }
    const complaints = await trial.end();
    server.closeAllConnections();
    server.close();
    return [...complaints, thrown].join("\n").trim();
}

test("RULE 1: a good page is let pass", async (t) => {
    const said = await told(t, "/good", {
        step: async (trial, page) => {
            await trial.fits(page);
            await trial.axe(page);
            await trial.valid(page);
        },
    });
    t.equal(said, "");
});

for (const [address, words] of [
    ["/console", "console: log: hello"],
    ["/throws", "script: broken"],
    ["/missing", "answer: 404"],
    ["/outside", "request leaves the hub: http://example.org/x.png"],
    ["/policy", "Content Security Policy"],
])
    test(`RULE 1: ${address} is complained about`, async (t) => {
        const said = await told(t, address);
        t.ok(said.includes(words), `said: ${said}`);
    });

test("RULE 1: what a test provokes on purpose is let pass", async (t) => {
    t.equal(await told(t, "/missing", { expect: /404/ }), "");
});

test("RULE 2: no name outside is found", async (t) => {
    const said = await told(t, "/outside");
    t.ok(said.includes("ERR_NAME_NOT_RESOLVED"), `said: ${said}`);
});

for (const [check, address, words] of [
    ["axe", "/contrast", "image-alt"],
    ["fits", "/wide", "wider than the screen"],
    ["valid", "/invalid", "close-order"],
])
    test(`${check} finds what is wrong at ${address}`, async (t) => {
        const said = await told(t, address, { step: (trial, page) => trial[check](page) });
        t.ok(said.includes(words), `said: ${said}`);
    });
