/*
 * behaviour.test.mjs: what assets/app.js, turbo.js and the controllers promise, by their RULES.
 *
 * Time is the page's own (page.clock) wherever a rule speaks of it: nothing here waits by the
 * watch, and a pause of an hour takes no time.
 */
import { readdirSync } from "node:fs";
import path from "node:path";
import { ROOT, test } from "./browser.mjs";

const HOUR_MS = 3600_000;
const COMPOSER = "#comments > .composer";

async function openIdea(page, at = 0) {
    await page.goto("/ideas?sort=votes&status=open");
    const href = await page.locator(".rows .row__title a").nth(at).getAttribute("href");
    await page.goto(href);
    return href;
}

/* From the next page on, time stands still until the test moves it. */
async function stopTime(page) {
    const now = Date.now();
    await page.clock.install({ time: now });
    await page.clock.pauseAt(now + 1000);
}

const focused = (page) => page.evaluate(() => document.activeElement.name ?? "");

/* ---- app.js ---- */

/* app RULE 1 */
test("without the script, every form has its button and nothing useless shows", async (t) => {
    const page = await t.page({ as: "customer", js: false });
    for (const address of ["/", "/ideas", "/ideas/new", "/topics", "/search?q=lid", "/account"]) {
        await page.goto(address);
        t.equal(await page.locator(".only-js:visible").count(), 0, `${address}: only for scripts`);
        const stuck = "form:not([method=dialog]):not(:has([type=submit], button:not([type])))";
        t.equal(await page.locator(stuck).count(), 0, `${address}: forms that cannot be sent`);
    }
});

/* app RULE 1 */
test("without the script, one can search, choose the theme and sign out", async (t) => {
    const page = await t.page({ as: "customer", js: false });
    await page.fill(".find [name=q]", "kettle");
    await page.press(".find [name=q]", "Enter");
    await page.waitForSelector("mark");
    await page.click(".bar .menu summary");
    await page.click(".bar .menu button[value=dark]");
    await page.waitForSelector("html[data-theme=dark]");
    await page.click(".bar .menu summary");
    await page.click(".bar .menu >> text=Sign out");
    await page.waitForSelector(".bar >> text=Sign in");
});

/* app RULE 2 */
test("a controller is registered because its file is there", async (t) => {
    const page = await t.page();
    await page.goto("/ideas");
    const script = await page.request.get(await page.getAttribute("script[type=module]", "src"));
    const code = await script.text();
    const folders = readdirSync(path.join(ROOT, "src/features")).map((f) => `src/features/${f}`);
    const files = ["assets/controllers", ...folders].flatMap((folder) =>
        readdirSync(path.join(ROOT, folder)).filter((file) => file.endsWith(".js")),
    );
    t.ok(files.length > 5, "there are controllers");
    for (const file of files) {
        const name = file.replace(".js", "").replaceAll("_", "-");
        const entry = new RegExp(`[{,]"?${name}"?:`);
        t.ok(entry.test(code), `${name} is not registered`);
    }
    await page.waitForSelector("time[title]"); /* relative_time.js, as relative-time */
});

/* ---- turbo.js ---- */

/* turbo RULE 1 */
test("Turbo adds no <style> and no style attribute, however long a page takes", async (t) => {
    const page = await t.page({ as: "customer" });
    const styled = () => page.locator("style, [style], .turbo-progress-bar").count();
    await stopTime(page);
    await page.goto("/ideas");
    t.equal(await styled(), 0, "after the load, styled elements:");

    let answer;
    const held = new Promise((resolve) => (answer = resolve));
    await page.route("**/topics", async (route) => {
        await held;
        await route.continue();
    });
    await page.evaluate(() => (window.samePage = true));
    await page.click(".nav a[href='/topics']");
    await page.waitForSelector("html[aria-busy=true]");
    await page.clock.fastForward(HOUR_MS);
    t.equal(await styled(), 0, "in an hour of waiting, styled elements:");
    answer();
    await page.clock.resume();
    await page.waitForURL("**/topics");
    await page.waitForSelector(".nav a[href='/topics'][aria-current=page]");
    t.ok(await page.evaluate(() => window.samePage), "Turbo did the visit");
    t.equal(await styled(), 0, "after the visit, styled elements:");
});

/* turbo RULE 1 */
test("the question before a deletion adds no style either", async (t) => {
    const page = await t.page({ as: "staff" });
    const idea = await openIdea(page, 1);
    const styled = () => page.locator("style, .dialog[style], .dialog [style]").count();
    await page.locator(".post__acts button >> text=Delete").click();
    await page.waitForSelector("dialog[open] [data-message] >> text=Take this away?");
    t.equal(await page.textContent("dialog[open] [value=yes]"), "Delete", "the button's words:");
    t.equal(await styled(), 0, "styled elements:");
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog[open]", { state: "detached" });
    t.equal(new URL(page.url()).pathname, idea, "nothing was deleted; the page");
});

/* turbo RULE 2 */
test("a morph keeps typed text, ticks, and what is open or closed", async (t) => {
    const page = await t.page({ as: "administrator" });
    const idea = await openIdea(page);
    const merge = "main details:has(> summary:text('Merge into another idea'))";
    await page.evaluate(() => (window.samePage = true));
    await page.fill(`${COMPOSER} textarea`, "Half a thought");
    await page.locator(merge).locator("summary").click();
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("?");
    await page.locator("#keys[open] [data-hotkeys-target=switch]").uncheck();
    await page.locator("#keys button >> text=Close").focus();

    const other = await t.page({ as: "staff" });
    await other.goto(`${idea}/edit`);
    await other.fill("[name=title]", "A title that came in between");
    await other.locator("main form.form button[type=submit]").first().click();
    await other.waitForSelector("h1 >> text=A title that came in between");

    await page.waitForSelector("h1 >> text=A title that came in between");
    t.ok(await page.evaluate(() => window.samePage), "the page was morphed, not loaded");
    t.equal(await page.inputValue(`${COMPOSER} textarea`), "Half a thought", "the text");
    t.ok(await page.locator("#keys").evaluate((one) => one.open), "the dialog is open");
    t.ok(!(await page.isChecked("[data-hotkeys-target=switch]")), "the box is unticked");
    t.ok(await page.locator(merge).evaluate((one) => one.open), "the <details> is open");
});

/* turbo RULE 3 */
test("what was sent does not stay in the form", async (t) => {
    const page = await t.page({ as: "customer" });
    await openIdea(page);
    await page.evaluate(() => (window.samePage = true));
    await page.fill(`${COMPOSER} textarea`, "Said once, and then gone from the field.");
    await page.click(`${COMPOSER} button[type=submit]`);
    await page.waitForSelector(".comment__body >> text=Said once, and then gone");
    t.ok(await page.evaluate(() => window.samePage), "the page was morphed, not loaded");
    t.equal(await page.inputValue(`${COMPOSER} textarea`), "", "the text");
});

/* turbo RULE 5 */
test("a visit that is overtaken while its answer arrives is no error", async (t) => {
    const page = await t.page();
    await page.goto("/ideas");
    await page.evaluate(() => {
        window.overtaken = 0;
        const overtake = () => (window.overtaken++, document.querySelector("#next").click());
        document.body.insertAdjacentHTML("beforeend", '<a id="next" href="/people">Next</a>');
        addEventListener("turbo:before-fetch-response", overtake, { once: true });
    });
    await page.click(".nav a[href='/topics']");
    await page.waitForURL("**/people");
    t.equal(await page.evaluate(() => window.overtaken), 1, "visits overtaken");
});

/* ---- flash ---- */

/* flash RULE 1 */
test("a message about an error stays until it is dismissed", async (t) => {
    const page = await t.page();
    await stopTime(page);
    await page.goto("/styleguide");
    const bad = page.locator(".flash--bad");
    await bad.locator("button").waitFor();
    await page.clock.runFor(HOUR_MS);
    t.equal(await bad.count(), 1, "after an hour, errors:");
    await bad.locator("button").click();
    t.equal(await bad.count(), 0, "after dismissing it, errors:");
});

/* flash RULE 2 */
test("a message waits for the pointer and the focus, and then goes", async (t) => {
    const page = await t.page({ as: "staff" });
    const idea = await openIdea(page, 2);
    const token = await page.getAttribute("meta[name=csrf-token]", "content");
    await page.goto("about:blank"); /* the idea's own page would refresh, and take the message */
    const headers = { "X-CSRF-Token": token };
    const answer = await page.request.delete(idea, { headers, maxRedirects: 0 });
    t.equal(answer.status(), 303, "the deletion's answer:");
    await stopTime(page);
    await page.goto("/ideas");
    const flash = page.locator("#flashes .flash");
    await flash.locator("text=Taken away.").waitFor();

    await flash.hover();
    await page.clock.runFor(HOUR_MS);
    t.equal(await flash.count(), 1, "under the pointer for an hour, messages:");
    await page.mouse.move(0, 0);
    await page.clock.runFor(7900);
    await flash.locator("button").focus();
    await page.clock.runFor(HOUR_MS);
    t.equal(await flash.count(), 1, "in focus for an hour, messages:");
    await page.evaluate(() => document.activeElement.blur());
    await page.clock.runFor(7900);
    t.equal(await flash.count(), 1, "shortly before its end, messages:");
    await page.clock.runFor(200);
    t.equal(await flash.count(), 0, "behind its end, messages:");
});

/* ---- hotkeys ---- */

/* hotkeys RULE 1 */
test("no key acts in a field, or together with Ctrl, Alt or Meta", async (t) => {
    const page = await t.page({ as: "customer" });
    const idea = await openIdea(page);
    await page.waitForSelector("html.js");
    const stays = async (keys) => {
        t.equal(new URL(page.url()).pathname, idea, `${keys}: the page`);
        t.ok(!(await page.locator("#keys").evaluate((one) => one.open)), `${keys}: no help`);
    };
    await page.focus(`${COMPOSER} textarea`);
    await page.keyboard.type("g i / ?");
    t.equal(await page.inputValue(`${COMPOSER} textarea`), "g i / ?", "the text");
    await stays("typing");

    await page.evaluate(() => document.activeElement.blur());
    for (const held of ["Control", "Alt", "Meta"]) {
        for (const key of ["/", "Shift+?"]) await page.keyboard.press(`${held}+${key}`);
        t.ok((await focused(page)) !== "q", `${held}+/ went to the search`);
        await page.keyboard.press("g");
        await page.keyboard.press(`${held}+i`);
        await stays(held);
    }
    await page.keyboard.press("g");
    await page.keyboard.press("i");
    await page.waitForURL("**/ideas");
});

/* hotkeys RULE 2 */
test("keys can be switched off, stay off, and can be switched on again", async (t) => {
    const page = await t.page({ as: "customer" });
    const box = page.locator("#keys [data-hotkeys-target=switch]");
    const slash = async () => {
        await page.evaluate(() => document.activeElement.blur());
        await page.keyboard.press("/");
        return (await focused(page)) === "q";
    };
    const close = async () => {
        await page.locator("#keys button >> text=Close").click();
        await page.waitForSelector("#keys:not([open])", { state: "attached" });
    };
    await page.goto("/ideas");
    await page.waitForSelector("html.js");
    t.ok(await slash(), "at first, / goes to the search");

    await page.click(".bar .menu summary");
    await page.click(".bar .menu >> text=Keyboard");
    await box.uncheck();
    await close();
    t.ok(!(await slash()), "switched off, / does nothing");
    await page.goto("/topics");
    await page.waitForSelector("html.js");
    t.ok(!(await slash()), "on the next page, / does nothing");

    await page.click(".bar .menu summary");
    await page.click(".bar .menu >> text=Keyboard");
    t.ok(!(await box.isChecked()), "the box shows that they are off");
    await box.check();
    await close();
    t.ok(await slash(), "switched on, / goes to the search");
});

/* hotkeys RULE 2 */
test("a guest finds the switch too, by key and by mouse", async (t) => {
    const page = await t.page();
    await page.goto("/ideas");
    await page.waitForSelector("html.js");
    await page.keyboard.press("?");
    await page.locator("#keys [data-hotkeys-target=switch]").uncheck();
    await page.locator("#keys button >> text=Close").click();
    await page.keyboard.press("?");
    t.ok(!(await page.locator("#keys").evaluate((one) => one.open)), "switched off, ? is nothing");
    await page.click(".foot >> text=Keyboard");
    await page.locator("#keys [data-hotkeys-target=switch]").check();
});

/* ---- relative-time ---- */

/* relative_time RULE 1 */
test("times of the last 30 days go with the clock, older and fixed ones do not", async (t) => {
    const page = await t.page();
    await stopTime(page);
    await page.goto("/styleguide");
    await page.waitForSelector("html.js");
    const day = 24 * HOUR_MS;
    await page.evaluate(
        ([now, day]) => {
            const add = (id, at, name) => {
                const time = document.createElement("time");
                Object.assign(time, { id, className: name, textContent: "as sent" });
                time.dateTime = new Date(at).toISOString();
                document.querySelector("main").append(time);
            };
            add("recent", now - 29 * day, "");
            add("old", now - 31 * day, "");
            add("fixed", now - 60_000, "abs");
        },
        [Date.now(), day],
    );
    const texts = () =>
        page.evaluate(() =>
            ["recent", "old", "fixed"].map((id) => document.getElementById(id).textContent).join());
    await page.clock.runFor(30_000);
    t.equal(await texts(), "29 days ago,as sent,as sent", "after half a minute:");
    await page.clock.fastForward(2 * day);
    t.equal(await texts(), "29 days ago,as sent,as sent", "two days later, all are old:");
});

/* relative_time RULES 1 and 2 */
test("the server's times become true, and tell the exact time", async (t) => {
    const page = await t.page();
    await stopTime(page);
    await page.goto("/ideas");
    await page.waitForSelector("main time[title]");
    const time = page.locator("main time").first();
    const exact = await time.evaluate((one) =>
        new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short" })
            .format(new Date(one.dateTime)));
    t.equal(await time.getAttribute("title"), exact, "title:");
    const bare = await page.locator("main time[datetime]:not([title])").count();
    t.equal(bare, 0, "times without a title:");
    const hours = (text) => text.match(/^(\d+) hours? ago$/)?.[1];
    const before = await page.locator("main time").allTextContents();
    const which = before.findIndex((text) => hours(text) < 20);
    t.ok(which >= 0, `a time of some hours ago, among: ${before}`);
    await page.clock.fastForward(2 * HOUR_MS);
    const after = await page.locator("main time").nth(which).textContent();
    t.equal(Number(hours(after)), Number(hours(before[which])) + 2, "hours, two hours later:");
});

/* ---- theme ---- */

/* What of the choice stands where: attribute, cookie, entry, and what the server writes. */
async function chosen(page) {
    const [attribute, cookie, entry] = await page.evaluate(() => [
        document.documentElement.dataset.theme ?? "none",
        document.cookie.match(/\btheme=(\w*)/)?.[1] ?? "none",
        localStorage.getItem("theme") ?? "none",
    ]);
    const html = await (await page.request.get(page.url())).text();
    const sent = html.match(/<html[^>]*data-theme="(\w+)"/)?.[1] ?? "none";
    return [attribute, cookie, entry, sent].join();
}

/* theme RULES 1 and 2 */
test("the theme is chosen for every page and tab, and given back to the system", async (t) => {
    const page = await t.page();
    await page.goto("/theme");
    const tab = await page.context().newPage();
    await tab.goto("/ideas");
    await tab.waitForSelector("html.js");
    await tab.goto("/theme");
    await tab.waitForSelector("html.js");
    t.equal(await chosen(page), "none,none,none,none", "at first:");

    await page.click("main button[value=dark]");
    t.equal(await chosen(page), "dark,dark,dark,dark", "dark chosen:");
    await page.waitForSelector("main button[value=dark][aria-pressed=true]");
    await tab.waitForSelector("html[data-theme=dark]");
    await tab.goto("/ideas");
    t.equal(await chosen(tab), "dark,dark,dark,dark", "on the other tab's next page:");

    await tab.goto("/theme");
    await tab.waitForSelector("html.js");
    await page.click("main button[value=auto]");
    t.equal(await chosen(page), "none,none,none,none", "given back:");
    await page.waitForSelector("main button[value=auto][aria-pressed=true]");
    await tab.waitForSelector("html:not([data-theme])");
});
