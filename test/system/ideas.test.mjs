/*
 * ideas.test.mjs: the idea board as people use it: with a script and without, alone and two at a
 * time, with the keyboard.
 */
import { test } from "./browser.mjs";

const FIRST = ".rows .row .row__title a";

/* The first idea of the list that this person may vote for and has not. */
async function openVotable(page) {
    await page.goto("/ideas?sort=votes&status=open");
    const row = page.locator(".row:has(.vote__btn[aria-pressed=false])").first();
    await row.locator(".row__title a").click();
    await page.waitForSelector(".post .vote--l");
    return new URL(page.url()).pathname;
}

const votes = async (page) => Number(await page.locator(".post .vote--l .vote__n").textContent());

test("a vote counts at once, and can be taken back", async (t) => {
    const page = await t.page({ as: "customer" });
    const path = await openVotable(page);
    const before = await votes(page);
    await page.click(".post .vote--l .vote__btn");
    await page.waitForSelector(".post .vote--l .vote__btn[aria-pressed=true]");
    t.equal(await votes(page), before + 1, "votes after voting");
    t.equal(new URL(page.url()).pathname, path, "the page stays");
    await page.click(".post .vote--l .vote__btn");
    await page.waitForSelector(".post .vote--l .vote__btn[aria-pressed=false]");
    t.equal(await votes(page), before, "votes after taking it back");
});

test("others see the new count without doing anything", async (t) => {
    const voter = await t.page({ as: "customer" });
    const path = await openVotable(voter);
    const watcher = await t.page();
    await watcher.goto(path);
    const before = await votes(watcher);
    await voter.click(".post .vote--l .vote__btn");
    await watcher.waitForFunction(
        (n) => Number(document.querySelector(".post .vote--l .vote__n").textContent) === n,
        before + 1);
});

test("a comment shows on other people's page, and keeps what they type", async (t) => {
    const writer = await t.page({ as: "customer" });
    const path = await openVotable(writer);
    const other = await t.page({ as: "staff" });
    await other.goto(path);
    await other.locator(".composer textarea").last().fill("Half a thought");
    await writer.goto(path);
    const words = "Written by **hand**, seen by all.";
    await writer.locator("#comments > .composer textarea").fill(words);
    await writer.locator("#comments > .composer button[type=submit]").click();
    await writer.waitForSelector("text=seen by all.");
    await other.waitForSelector(".comment__body >> text=seen by all.");
    const typed = await other.locator("#comments > .composer textarea").inputValue();
    t.equal(typed, "Half a thought", "typed text");
});

test("a reply opens below its comment", async (t) => {
    const page = await t.page({ as: "customer" });
    await page.goto("/ideas?sort=votes");
    await page.locator(FIRST).first().click();
    await page.locator(".comment__acts >> text=Reply").first().click();
    const frame = page.locator("turbo-frame textarea").first();
    await frame.fill("I reply to this.");
    await page.locator("turbo-frame button[type=submit]").first().click();
    await page.waitForSelector(".replies .comment__body >> text=I reply to this.");
});

test("everything works without a script", async (t) => {
    const page = await t.page({ as: "customer", js: false });
    await page.goto("/ideas/new");
    await page.fill("[name=title]", "A handle for left hands");
    await page.fill("[name=body]", "The *other* side. #travel");
    await page.selectOption("[name=space]", { index: 0 });
    await page.locator("main form.form button[type=submit]").click();
    await page.waitForSelector("h1 >> text=A handle for left hands");
    await page.locator("#comments textarea").fill("A second thought.");
    await page.locator("#comments .composer button[type=submit]").click();
    await page.waitForSelector(".comment__body >> text=A second thought.");
    await page.locator(".post__acts a >> text=Edit").click();
    await page.fill("[name=title]", "A handle for either hand");
    await page.locator("main form.form button[type=submit]").first().click();
    await page.waitForSelector("h1 >> text=A handle for either hand");
    await page.locator(".post__acts a >> text=History").click();
    await page.waitForSelector("main ins");
    await page.goto("/ideas?sort=votes");
    const row = page.locator(".row:has(.vote__btn[aria-pressed=false])").first();
    await row.locator(".vote__btn").click();
    await page.waitForSelector(".vote__btn[aria-pressed=true]");
});

test("what is missing in a form is said, and what was typed stays", async (t) => {
    const page = await t.page({ as: "customer" });
    t.expect(page, /422/);
    await page.goto("/ideas/new");
    await page.fill("[name=body]", "A text without a title");
    await page.locator("main form.form").evaluate((form) => form.setAttribute("novalidate", ""));
    await page.locator("main form.form button[type=submit]").click();
    await page.waitForSelector(".errors");
    t.equal(await page.inputValue("[name=body]"), "A text without a title", "the text");
    await t.axe(page);
});

test("staff answer officially, with a reason", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto("/ideas?sort=votes&status=open");
    await page.locator(FIRST).first().click();
    await page.selectOption("aside [name=status]", "planned");
    await page.fill("aside [name=reason]", "We will make it in spring.");
    await page.locator("aside form button[type=submit]").first().click();
    await page.waitForSelector(".answer >> text=We will make it in spring.");
    await page.waitForSelector(".head .pill--planned");
    await t.axe(page);
    await t.valid(page);
});

test("the keyboard alone finds, reads and votes", async (t) => {
    const page = await t.page({ as: "customer" });
    await openVotable(page);
    await page.locator(".post .vote--l .vote__btn").focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(".post .vote--l .vote__btn[aria-pressed=true]");
    await page.keyboard.press("/");
    const focused = await page.evaluate(() => document.activeElement.name);
    t.equal(focused, "q", "the search box has the focus");
    await page.keyboard.type("kettle");
    await page.keyboard.press("Enter");
    await page.waitForSelector("mark");
});
