/*
 * tables.test.mjs: what the parts of records do in a browser, by the RULES of their controllers, on
 * /styleguide/records. What a page of records would send is answered here, in place of a hub that
 * has such records.
 */
import { test } from "./browser.mjs";

const PAGE = "/styleguide/records";
const said = (page, where) => page.locator(`${where} > [role=status]`).textContent();
const focused = (page) =>
    page.evaluate(() => document.activeElement.name || document.activeElement.dataset.cell || "");
const morphed = (page) =>
    page.evaluate(
        () => new Promise((done) => addEventListener("turbo:morph", () => done(), { once: true })),
    );
/* Its form is there, and has the focus. */
const editing = (page, id) =>
    page.waitForFunction(
        (frame) => document.activeElement.closest(`#${frame} form`) && document.activeElement.name,
        id,
    );
const refresh = (page) =>
    page.evaluate(() => {
        const done = new Promise((resolve) => addEventListener("turbo:morph", resolve));
        document.body.insertAdjacentHTML(
            "beforeend",
            `<turbo-stream action="refresh"></turbo-stream>`,
        );
        return done.then(() => true);
    });

/* Answers PATCHes, a form's among them, as `reply` says, and keeps what they sent. */
async function answer(page, address, reply) {
    const sent = [];
    await page.route(address, async (route) => {
        const request = route.request();
        if (request.method() === "GET") return route.continue();
        const fields = Object.fromEntries(new URLSearchParams(request.postData()));
        sent.push({ path: new URL(request.url()).pathname, headers: request.headers(), ...fields });
        const { status = 200, type = "text/html", body = "", headers = {} } = reply(fields);
        await route.fulfill({ status, contentType: type, body, headers });
    });
    return sent;
}

const cell = (text) =>
    `<html><body><turbo-frame id="cell-2-next"><a class="cell" href="?edit=cell-2-next"` +
    ` data-cell="cell-2-next">${text}</a></turbo-frame></body></html>`;

test("cells RULE 1: Enter saves a value where it stands, Escape leaves it", async (t) => {
    const page = await t.page({ as: "staff" });
    const reply = ({ value }) => ({ body: cell(value) });
    const sent = await answer(page, "**/styleguide/records", reply);
    await page.goto(PAGE);
    const link = page.locator("[data-cell=cell-2-next]");
    await link.focus();
    await page.keyboard.press("Enter");
    await editing(page, "cell-2-next");
    t.equal(await focused(page), "value", "focus");
    await page.keyboard.press("Escape");
    t.equal(await focused(page), "cell-2-next", "focus after Escape");
    t.equal(await page.locator("#deals-2 form").count(), 0, "forms");
    t.equal(sent.length, 0, "requests");

    await link.click();
    await editing(page, "cell-2-next");
    await page.keyboard.type("Write to Odile");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#deals-2 >> text=Write to Odile");
    await page.waitForFunction(() => document.activeElement.dataset.cell === "cell-2-next");
    t.equal(sent[0]._method, "PATCH");
    t.equal(sent[0].revision, "4");
    t.equal(await page.textContent("#said"), "Saved");
});

test("cells RULE 2, bulk RULE 2: news leaves an open form and what is checked", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto(PAGE);
    await page.check("#deals-1 [name=id]");
    await page.click("[data-cell=cell-2-next]");
    await editing(page, "cell-2-next");
    await page.fill("#cell-2-next input[name=value]", "half a word");
    await refresh(page);
    t.equal(await page.inputValue("#cell-2-next input[name=value]"), "half a word");
    t.equal(await focused(page), "value", "focus");
    t.equal(await page.isChecked("#deals-1 [name=id]"), true);
    t.equal(await page.textContent("#deals .bulk__n b"), "1");
    t.ok(await page.isVisible("#deals-bulk"), "the bar is still there");
});

test("cells RULES 3, 4: a refused form stays; a page without the frame is shown", async (t) => {
    const page = await t.page({ as: "staff" });
    const again = `<html><body><turbo-frame id="cell-2-next"><form method="post" action="${PAGE}">
        <input name="value" value="no" aria-invalid="true"><p>That is not a step.</p></form>
        </turbo-frame></body></html>`;
    t.expect(page, /422/);
    await answer(page, "**/styleguide/records", () => ({ status: 422, body: again }));
    await page.goto(PAGE);
    await page.click("[data-cell=cell-2-next]");
    await editing(page, "cell-2-next");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#cell-2-next >> text=That is not a step.");
    await editing(page, "cell-2-next");
    await page.keyboard.press("Escape");
    t.equal(await focused(page), "cell-2-next", "back");

    await page.evaluate(() => (document.querySelector("[data-cell=cell-2-next]").href = "/ideas"));
    await page.click("[data-cell=cell-2-next]");
    await page.waitForURL(/ideas/);
    await page.waitForSelector("h1");
});

test("cells: a field of a record's page is edited in the same way", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto(PAGE);
    await page.click("#main-fields [data-cell=cell-d-stage]");
    await editing(page, "cell-d-stage");
    await page.keyboard.press("Escape");
    t.equal(await focused(page), "cell-d-stage", "focus");
    await page.click("h1 [data-cell=cell-name]");
    await editing(page, "cell-name");
    await page.click("h1 [data-cell-cancel]");
    t.equal(await page.locator("h1 form").count(), 0, "forms");
});

test("cells RULE 3: without a script a value is edited on its page", async (t) => {
    const page = await t.page({ js: false });
    await page.goto(PAGE);
    await page.click("[data-cell=cell-2-next]");
    await page.waitForURL(/edit=cell-2-next/);
    await page.waitForSelector("turbo-frame#cell-2-next form button[type=submit]");
    t.ok(await page.isVisible("#deals-bulk"), "the acts are there without a script");
    t.equal(await page.locator("#deals [name=id]").first().getAttribute("form"), "deals-bulk");
});

test("bulk RULES 1, 3: the bar counts what is checked, one by one, in a row, all", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto(PAGE);
    t.equal(await page.isVisible("#deals-bulk"), false, "nothing is checked:");
    await page.check("#deals-1 [name=id]");
    t.ok(await page.isVisible("#deals-bulk"), "the bar shows");
    await page.click("#deals-4 [name=id]", { modifiers: ["Shift"] });
    t.equal(await page.textContent("#deals .bulk__n b"), "4");
    t.ok(await page.$eval("#deals thead input", (box) => box.indeterminate), "some");
    await page.check("#deals thead input");
    t.equal(await page.textContent("#deals .bulk__n b"), "6");
    t.equal(await page.textContent("#said"), "6 selected");
    await t.axe(page, "#deals");
    await page.click("#deals-bulk >> text=Clear");
    t.equal(await page.isVisible("#deals-bulk"), false, "cleared:");
});

/* ---- boards ---- */

const lane = (page, value) =>
    page.locator(`#pipeline-cards-${value} .kard__title`).allTextContents();
const hears = (page, words) =>
    page.waitForSelector(`#pipeline > [role=status]:has-text("${words}")`, { state: "attached" });
const ok = () => ({ status: 204, headers: { ETag: '"10"' } });

async function openBoard(t, reply) {
    const page = await t.page({ as: "staff" });
    const sent = await answer(page, "**/styleguide/moves/*", reply);
    const script = page.waitForResponse(/sortable/);
    await page.goto(PAGE);
    await script;
    await page.waitForFunction(() => {
        const list = document.querySelector("#pipeline-cards-won");
        return Object.keys(list).some((key) => key.startsWith("Sortable"));
    });
    await page.locator("#pipeline").scrollIntoViewIfNeeded();
    return { page, sent };
}

test("board RULES 1, 3: Alt and arrows move a card, its menu does", async (t) => {
    const { page, sent } = await openBoard(t, ok);
    await page.locator("#pipeline-7 .kard__title").focus();
    let fresh = morphed(page);
    await page.keyboard.press("Alt+ArrowUp");
    await hears(page, "1 of 2");
    t.equal(sent[0].path, "/styleguide/moves/7");
    t.equal(sent[0].stage, "qualified");
    t.equal(sent[0].before, "3");
    t.equal(sent[0].after, "");
    t.equal(sent[0].headers["if-match"], '"1"');
    t.ok(sent[0].headers["x-csrf-token"], "the token is sent");
    await fresh;
    fresh = morphed(page);
    await page.locator("#pipeline-1 .kard__title").focus();
    await page.keyboard.press("Alt+ArrowRight");
    await hears(page, "in Negotiation, 1 of 3");
    t.equal(sent[1].stage, "negotiation");
    const held = await page.evaluate(() => document.activeElement.textContent);
    t.equal(held, "Roastery fit-out, two lines", "focus");
    await fresh;
    const menu = page.locator("#pipeline-3 a.kard__menu");
    await menu.focus();
    await page.keyboard.press("Enter");
    t.equal(await page.inputValue("#pipeline-3 select"), "qualified", "where it is");
    await page.keyboard.press("Escape");
    await menu.waitFor();
    t.ok(await menu.evaluate((link) => link === document.activeElement), "the focus is back");
    await menu.click();
    await t.axe(page, "#pipeline");
    await page.selectOption("#pipeline-3 select", "won");
    await page.click("#pipeline-3 form button");
    await hears(page, "in Won");
    t.equal(sent[2].stage, "won");
    await menu.waitFor();
});

async function drag(page, from, to) {
    const a = await page.locator(from).boundingBox();
    const b = await page.locator(to).boundingBox();
    await page.mouse.move(a.x + 60, a.y + 70);
    await page.mouse.down();
    await page.mouse.move(a.x + 80, a.y + 80, { steps: 4 });
    await page.mouse.move(b.x + 90, b.y + 40, { steps: 12 });
    /* The script looks now and then where the pointer is. */
    await page.locator(`${to} ${from}`).waitFor({ state: "attached" });
}

test("board RULES 2, 4: what is refused goes back; news wait while one drags", async (t) => {
    let status = 409;
    const problem = { type: "application/problem+json", body: '{"detail":"Maren moved it."}' };
    const { page, sent } = await openBoard(t, () => ({ status, ...problem }));
    t.expect(page, /409|412/);
    const before = await lane(page, "negotiation");
    await drag(page, "#pipeline-2", "#pipeline-cards-won");
    await refresh(page);
    t.equal(await page.locator(".board--dragging").count(), 1, "still dragging");
    await page.mouse.up();
    await page.waitForSelector("#flashes >> text=Maren moved it.");
    t.equal(sent[0].stage, "won");
    t.equal(sent[0].revision, "4");
    t.equal((await lane(page, "negotiation")).join(), before.join(), "the column");
    t.ok(/was not moved/.test(await said(page, "#pipeline")), "it is said");
});

test("board RULE 1: a card is dragged to another column", async (t) => {
    const { page, sent } = await openBoard(t, ok);
    await drag(page, "#pipeline-1", "#pipeline-cards-won");
    await page.mouse.up();
    await hears(page, "in Won");
    t.equal(sent[0].stage, "won");
    t.equal(sent[0].path, "/styleguide/moves/1");
});

test("board RULE 5: without the script for dragging the keys work", async (t) => {
    const page = await t.page({ as: "staff" });
    const sent = await answer(page, "**/styleguide/moves/*", ok);
    t.expect(page, /sortable/);
    t.expect(page, /Failed to load/);
    await page.route(/sortable/, (route) => route.abort());
    await page.goto(PAGE);
    await page.locator("#pipeline-1 .kard__title").focus();
    await page.keyboard.press("Alt+ArrowRight");
    await hears(page, "in Negotiation");
    t.equal(sent[0].before, "2");
});

test("without a script a card is moved by its menu", async (t) => {
    const page = await t.page({ js: false });
    await page.goto(PAGE);
    const menu = page.locator("#pipeline-3 a.kard__menu");
    t.ok(await menu.isVisible(), "it is there");
    t.equal(await menu.getAttribute("href"), "#pipeline-3", "the page that moves it");
    t.equal(await page.locator("#pipeline select:visible").count(), 0, "and nothing without use");
});

/* ---- type-ahead ---- */

test("combobox RULES 1-4: names are found as one types, and taken", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto(PAGE);
    const input = page.locator("#f-people");
    const values = (boxes) => boxes.map((box) => box.value).join();
    const chosen = () => page.locator("[name=people]").evaluateAll(values);
    await input.pressSequentially("odi");
    await page.waitForSelector("#f-people-list >> text=Odile Marchetti");
    t.equal(await input.getAttribute("aria-expanded"), "true");
    t.equal(await input.getAttribute("aria-activedescendant"), "f-people-list-0");
    await t.axe(page, "#builders");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    t.equal(await chosen(), "1,3,12");
    t.equal(await focused(page), "people_text", "focus");
    await page.keyboard.press("Backspace");
    t.equal(await chosen(), "1,3");
    await page.click("[name=people][value='1']");
    t.equal(await chosen(), "3");

    const one = page.locator("#f-contact");
    for (const name of ["maren", "tendai"]) {
        await one.fill(name);
        await page.waitForSelector("#f-contact-list [role=option]");
        await page.keyboard.press("Enter");
    }
    t.equal(await page.locator("[name=contact]:checked").count(), 1, "one only");
    t.equal(await page.locator("[name=contact]:checked").inputValue(), "3");

    let hold;
    const held = new Promise((resolve) => (hold = resolve));
    await page.route("**/options?q=ma", async (route) => (await held, route.continue()));
    await input.fill("ma");
    await page.waitForRequest("**/options?q=ma");
    await input.fill("sam");
    await page.waitForSelector("#f-people-list >> text=Samira");
    hold();
    await page.keyboard.press("Escape");
    t.ok(await page.isHidden("#f-people-list"), "Escape closes the list");
    await page.keyboard.press("Escape");
    t.equal(await input.inputValue(), "", "and then empties the field");
});

test("without a script a type-ahead is a field, with what it may have meant", async (t) => {
    const page = await t.page({ js: false });
    await page.goto(PAGE);
    await page.check("text=Odile Marchetti");
    await page.fill("[name=contact_text]", "Odile");
});

/* ---- ID cards ---- */

const LINK = "#with-card";

async function openDetails(t, how = { as: "staff" }) {
    const page = await t.page(how);
    const asked = [];
    page.on("request", (one) => /styleguide.card/.test(one.url()) && asked.push(one.url()));
    await page.goto(PAGE);
    await page.locator(LINK).scrollIntoViewIfNeeded();
    return { page, asked };
}

test("id_card RULES 1, 3: hovering shows it, leaving puts it away, once a minute", async (t) => {
    const { page, asked } = await openDetails(t);
    await page.evaluate(() => document.fonts.ready.then(() => {})); /* lines move with them */
    await page.clock.install();
    await page.hover(LINK);
    await page.mouse.move(5, 5);
    await page.clock.runFor(1000);
    t.equal(asked.length, 0, "left before:");
    await page.hover(LINK);
    await page.clock.runFor(200);
    await page.waitForSelector(".id-pop >> text=Next step");
    t.equal(await page.getAttribute(LINK, "aria-expanded"), "true");
    const gap = await page.evaluate(async (at) => {
        const pop = document.querySelector(".id-pop");
        await Promise.all(pop.getAnimations().map((one) => one.finished)); /* it rises */
        const link = document.querySelector(at).getBoundingClientRect();
        const card = pop.getBoundingClientRect();
        return card.top >= link.bottom ? card.top - link.bottom : link.top - card.bottom;
    }, LINK);
    t.ok(gap > 0 && gap < 12, `it hangs at its link: ${gap}`);
    await t.axe(page, ".id-pop");
    await page.hover(".id-pop .id-card__facts");
    await page.clock.runFor(2000);
    t.ok(await page.isVisible(".id-pop"), "the pointer may go into it");
    await page.mouse.move(5, 5);
    await page.clock.runFor(1000);
    t.equal(await page.locator(".id-pop").count(), 0, "left:");
    t.equal(await page.getAttribute(LINK, "aria-expanded"), null);
    await page.hover(LINK);
    await page.clock.runFor(200);
    await page.waitForSelector(".id-pop");
    t.equal(asked.length, 1, "requests");
    await page.mouse.move(5, 5);
    await page.clock.runFor(61_000);
    await page.hover(LINK);
    await page.clock.runFor(200);
    await page.waitForSelector(".id-pop");
    t.equal(asked.length, 2, "requests after a minute");

    await page.route("**/styleguide/card", (route) => route.fulfill({ status: 204 }));
    await page.mouse.move(5, 5);
    await page.clock.runFor(61_000);
    await page.hover(LINK);
    await page.clock.runFor(500);
    t.equal(await page.locator(".id-pop").count(), 0, "nothing there:");
});

test("id_card RULES 2, 4: the keyboard opens it, goes into it, and Escape closes", async (t) => {
    const { page } = await openDetails(t);
    await page.locator(LINK).focus();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Tab");
    await page.waitForSelector(".id-pop");
    const at = () => page.evaluate(() => document.activeElement.textContent.trim());
    t.equal(await at(), "Café Oerwoud Group", "the focus is on the link:");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    t.equal(await at(), "Write", "in the card:");
    await page.keyboard.press("Escape");
    t.equal(await page.locator(".id-pop").count(), 0);
    t.ok(await page.evaluate((l) => document.activeElement === document.querySelector(l), LINK));
    await page.keyboard.press("Tab");
    t.equal(await at(), "Odile Ferrand", "and on:");
});

test("id_card RULE 1: a long press of a finger shows it, and does not follow", async (t) => {
    const { page } = await openDetails(t);
    const finger = { pointerType: "touch", bubbles: true, clientX: 9, clientY: 9 };
    const touch = (name) => page.dispatchEvent(LINK, name, finger);
    await touch("pointerdown");
    await page.waitForSelector(".id-pop");
    await touch("pointerup");
    await page.evaluate((link) => document.querySelector(link).click(), LINK);
    t.equal(new URL(page.url()).hash, "", "it was not followed");
    await page.dispatchEvent("h1", "pointerdown", { pointerType: "touch", bubbles: true });
    t.equal(await page.locator(".id-pop").count(), 0, "a touch elsewhere puts it away");
});

test("without a script a link with a card is a link", async (t) => {
    const page = await t.page({ js: false });
    await page.goto(PAGE);
    await page.click(LINK);
    await page.waitForURL(/#details/);
});

test("merge RULE 1: the preview shows what is chosen", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto(PAGE);
    const shown = (n) => page.locator(`.merge__preview dd >> nth=${n}`).textContent();
    t.equal((await shown(1)).trim(), "+32 9 222 33 99");
    await page.check("[name=phone][value=left]");
    t.equal((await shown(1)).trim(), "+32 9 222 33 44");
    await page.check("[name=phone][value=both]");
    t.equal((await shown(1)).replace(/\s+/g, " ").trim(), "+32 9 222 33 44 , +32 9 222 33 99");
    await page.locator("#merge >> text=Take all").nth(1).click();
    t.equal((await shown(0)).trim(), "Cafe Oerwoud");
    t.equal((await shown(2)).trim(), "Ghent", "what is the same");
});

/* ---- filters ---- */

test("a filter is added by its field, its operator and its value", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto(PAGE);
    await page.click(".builder summary");
    await page.selectOption("#filter-add select", "owner");
    await page.waitForSelector("#filter-add [role=combobox]");
    t.equal(await page.isVisible("#filter-add >> text=Apply"), true, "it stays open:");
    await page.fill("#f-filter", "tendai");
    await page.waitForSelector("#f-filter-list [role=option]");
    await page.keyboard.press("Enter");
    await page.click("#filter-add >> text=Apply");
    await page.waitForURL(/field=owner/);
    const sent = new URL(page.url()).searchParams;
    t.equal(sent.get("value"), "3");
    t.equal(sent.get("op"), "within");
    t.equal(sent.get("sort"), "-amount", "what there was stays:");
});

test("without a script a filter is added in two steps", async (t) => {
    const page = await t.page({ js: false });
    await page.goto(PAGE);
    await page.click(".builder summary");
    await page.selectOption("#filter-add select", "closes");
    await page.click("#filter-add >> text=Next");
    await page.selectOption("#f-filter", "quarter");
    await page.click("#filter-add >> text=Apply");
    await page.waitForURL(/value=quarter/);
});

test("the parts of records are sound while they are used, too", async (t) => {
    const page = await t.page({ as: "staff" });
    for (const address of [`${PAGE}?edit=cell-2-stage`, `${PAGE}?add=owner`]) {
        await page.goto(address);
        await t.valid(page);
    }
});

test("screens of the parts of records", (t) => t.screens(PAGE, "records"));
