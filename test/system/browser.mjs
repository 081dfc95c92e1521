/*
 * browser.mjs: what browser tests stand on: a served hub with the demo data, and pages that are
 * watched.
 *
 *     import { test } from "./browser.mjs";
 *
 *     test("a guest reads an idea", async (t) => {
 *         const page = await t.page();                    // a guest's, 1440 wide, light
 *         await page.goto("/ideas");
 *         await page.locator("main a").first().click();
 *         t.equal(await page.locator("h1").count(), 1);
 *         await t.axe(page);
 *     });
 *
 * RULES
 *   1. A page that is watched fails its test when the console says anything, a script throws, a
 *      request fails or leaves the hub, an answer is 400 or worse, or the policy blocks something.
 *      What a test provokes on purpose it names: t.expect(page, /404/).
 *   2. The browser reaches nothing but the hub.
 *
 * Every file of tests has a hub of its own, which its tests share, in their order.
 */
import { spawn, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { HtmlValidate } from "html-validate";
import { chromium } from "playwright-core";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const SKEP = process.env.SKEP ?? path.join(ROOT, "build/skep");
const SCREENS = path.join(ROOT, "build/screens");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WIDTHS = { phone: [390, 844], desk: [1440, 900] };
const PATIENCE = 15_000; /* ms for one step of a test */

/* ---- tests ---- */

export const tests = [];

export function test(name, run) {
    tests.push({ name, run });
}

/* ---- a hub ---- */

const scratch = mkdtempSync(path.join(tmpdir(), "skep-system."));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
let addresses = 0;
let template = null; /* the hub with the demo data that others are copies of, and its sign-ins */

/* Who of the demo's sign-ins stands for which kind of person. */
const KINDS = { owner: "administrator", staff: "staff", member: "customer" };

function makeTemplate() {
    const data = path.join(scratch, "template");
    const said = execFileSync(SKEP, ["--data", data, "demo", path.join(ROOT, "demo"), "--json"], {
        encoding: "utf8",
    });
    const signIns = Object.fromEntries(JSON.parse(said).map((one) => [KINDS[one.role], one]));
    return { data, signIns };
}

export class Site {
    static async start(name) {
        template ??= makeTemplate();
        const site = new Site();
        site.signIns = template.signIns;
        site.data = path.join(scratch, name);
        cpSync(template.data, site.data, { recursive: true });
        await site.serve();
        return site;
    }

    serve() {
        const args = ["--data", this.data, "--listen", "127.0.0.1:0", "--trust-proxy",
            "--webhook-private", "serve"];
        this.server = spawn(SKEP, args, {
            stdio: ["ignore", "pipe", "pipe"],
            env: { ...process.env, SKEP_TEST: "1" },
        });
        this.log = "";
        this.server.stderr.on("data", (text) => (this.log += text));
        return new Promise((resolve, reject) => {
            let said = "";
            this.server.stdout.on("data", (text) => {
                said += text;
                const port = said.match(/:(\d+)\/?\s*$/);
                if (!port) return;
                this.origin = `http://127.0.0.1:${port[1]}`;
                resolve();
            });
            this.server.on("exit", (code) => reject(new Error(`skep ended: ${code}\n${this.log}`)));
        });
    }

    async stop() {
        this.server.removeAllListeners("exit");
        const gone = new Promise((resolve) => this.server.on("exit", resolve));
        this.server.kill("SIGTERM");
        const code = await gone;
        rmSync(this.data, { recursive: true, force: true });
        if (code !== 0) throw new Error(`skep ended with ${code}\n${this.log}`);
    }
}

/* ---- the browser ---- */

export function launch() {
    const there = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find(existsSync);
    const executablePath = process.env.CHROMIUM ?? there;
    if (!existsSync(executablePath ?? "")) throw new Error(`no browser at ${executablePath}`);
    return chromium.launch({
        executablePath,
        args: [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        ],
    });
}

/* RULE 1. The list of complaints grows while the page lives. */
function watch(page, site, complaints) {
    const complain = (what) => complaints.push({ page, what: `${page.url()}: ${what}` });
    page.on("console", (message) => complain(`console: ${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complain(`script: ${error.message}`));
    page.on("crash", () => complain("the page crashed"));
    page.on("requestfailed", (request) => {
        const why = request.failure()?.errorText ?? "";
        /* A page that is left drops what it was still reading, its event stream above all. */
        if (why !== "net::ERR_ABORTED") complain(`request: ${request.url()}: ${why}`);
    });
    page.on("request", (request) => {
        if (!request.url().startsWith(site.origin) && !/^(data|blob|about):/.test(request.url()))
            complain(`request leaves the hub: ${request.url()}`);
    });
    page.on("response", (response) => {
        if (response.status() >= 400) complain(`answer: ${response.status()} ${response.url()}`);
    });
}

export class Trial {
    constructor(site, browser) {
        Object.assign(this, { site, browser, contexts: [], complaints: [], expected: [] });
    }

    /* A fresh browser's page. `as` is a sign-in of the demo: administrator, staff or customer. */
    async page({ as = null, width = "desk", dark = false, js = true, motion = false,
                 touch = false } = {}) {
        const [w, h] = WIDTHS[width] ?? [width, 900];
        const context = await this.browser.newContext({
            baseURL: this.site.origin,
            viewport: { width: w, height: h },
            colorScheme: dark ? "dark" : "light",
            javaScriptEnabled: js,
            hasTouch: touch,
            reducedMotion: motion ? "no-preference" : "reduce",
            locale: "en-GB",
            timezoneId: "Europe/London",
            /* An address of its own: what is limited is limited for each browser. */
            extraHTTPHeaders: { "X-Forwarded-For": `10.0.${++addresses >> 8}.${addresses & 255}` },
        });
        this.contexts.push(context);
        context.setDefaultTimeout(PATIENCE);
        const page = await context.newPage();
        watch(page, this.site, this.complaints);
        if (as) await this.signIn(page, as);
        return page;
    }

    async signIn(page, as) {
        const who = this.site.signIns[as];
        if (!who) throw new Error(`the demo has no sign-in "${as}"`);
        await page.goto("/session/new");
        await page.fill("input[type=email]", who.email);
        await page.fill("input[type=password]", who.password);
        await page.locator("form:has(input[type=password]) [type=submit]").first().click();
        await page.waitForURL((url) => !url.pathname.startsWith("/session"));
    }

    /* From now on this page may say what matches: for what a test provokes on purpose. */
    expect(page, pattern) {
        this.expected.push({ page, pattern });
    }

    ok(value, words) {
        if (!value) throw new Error(words);
    }

    equal(got, want, words = "") {
        if (got !== want) throw new Error(`${words} got ${got}, expected ${want}`.trim());
    }

    /* No serious or critical finding, in a part of the page (a selector) or all. evaluate() is not
     * bound by the page's policy; a letter's frame is, which runs no script: axe cannot look
     * inside. A whole page is looked at on a screen as tall as it is: what just happens to lie
     * under the bar at the bottom would count as too small to touch. */
    async axe(page, part = "html") {
        await page.evaluate(AXE);
        const screen = page.viewportSize();
        if (part === "html") {
            const tall = await page.evaluate(() => document.documentElement.scrollHeight);
            await page.setViewportSize({ ...screen, height: Math.max(tall, screen.height) });
        }
        const found = await page.evaluate(
            ([tags, where]) =>
                globalThis.axe.run(where, {
                    runOnly: tags,
                    resultTypes: ["violations"],
                    iframes: false,
                }),
            [AXE_TAGS, part],
        );
        await page.setViewportSize(screen);
        const bad = found.violations.filter((v) => ["serious", "critical"].includes(v.impact));
        const words = bad.map(
            (v) => `${v.impact}: ${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join("\n  ")}`,
        );
        this.ok(bad.length === 0, `axe at ${page.url()}:\n${words.join("\n")}`);
    }

    /* The HTML as it was sent, not as the browser mended it. */
    async valid(page, address = page.url()) {
        const answer = await page.context().request.get(address, {
            headers: { accept: "text/html" },
        });
        const report = await validator.validateString(await answer.text(), address);
        const words = report.results.flatMap((r) =>
            r.messages.map((m) => `${m.line}:${m.column}: ${m.ruleId}: ${m.message}`),
        );
        this.ok(report.errorCount === 0, `HTML of ${address}:\n${words.join("\n")}`);
    }

    /* No page scrolls sideways. */
    async fits(page) {
        const over = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        this.ok(over <= 0, `${page.url()} is ${over} px wider than the screen`);
    }

    /* Screens in both widths and themes, as build/screens/NAME-390-dark.png. */
    async screens(address, name, { as = null } = {}) {
        mkdirSync(SCREENS, { recursive: true });
        const page = await this.page({ as });
        for (const [width, height] of Object.values(WIDTHS)) {
            await page.setViewportSize({ width, height });
            await page.goto(address);
            await page.waitForLoadState("load");
            for (const colorScheme of ["light", "dark"]) {
                await page.emulateMedia({ colorScheme });
                await this.fits(page);
                const file = `${name}-${width}-${colorScheme}.png`;
                await page.screenshot({ path: path.join(SCREENS, file), fullPage: true });
            }
        }
        await page.context().close();
    }

    /* Closes everything; what was complained about and not expected. */
    async end() {
        for (const context of this.contexts) await context.close();
        return this.complaints
            .filter(({ page, what }) =>
                !this.expected.some((e) => e.page === page && e.pattern.test(what)))
            .map(({ what }) => what);
    }
}

const validator = new HtmlValidate({
    extends: ["html-validate:recommended"],
    rules: {
        "doctype-style": "off",
        "void-style": "off",
        "no-trailing-whitespace": "off",
        "attr-quotes": "off",
        "no-implicit-button-type": "off", /* HTML says submit, and that is what is meant */
        /* several checkboxes of one name are one choice of many */
        "form-dup-name": ["error", { shared: ["radio", "button", "submit", "checkbox"] }],
        "long-title": "off", /* titles are what people write */
        "no-inline-style": "error",
        "require-sri": "off", /* nothing comes from elsewhere */
    },
});
