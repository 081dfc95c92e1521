/*
 * pipelines.test.mjs: stages by their pipeline, and a record's timeline: what one clicks through.
 */
import { test } from "./browser.mjs";

const lane = (page, value) => page.locator(`#board-lane-${value}`);
const moved = (page) =>
    page.waitForResponse((r) => r.request().method() === "PATCH" && r.status() === 200);

async function dealNamed(page, name) {
    await page.goto(`/deals?q=${encodeURIComponent(name)}`);
    return page.locator("main table a", { hasText: name }).first().getAttribute("href");
}

test("two pipelines have boards of their own, by the keyboard", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto("/deals?as=board");
    t.equal(await lane(page, "qualified").count(), 1, "a stage of sales");
    t.equal(await lane(page, "quoted").count(), 0, "none of renewals");
    await page.locator(".tabs a", { hasText: "Renewals" }).click();
    await page.waitForURL(/pipeline=renewal/);
    await lane(page, "quoted").waitFor();
    t.equal(await lane(page, "qualified").count(), 0, "none of sales");
    const card = lane(page, "contacted").locator(".kard").first();
    const id = await card.getAttribute("data-id");
    await card.locator(".kard__title").focus();
    const done = moved(page);
    await page.keyboard.press("Alt+ArrowRight");
    await done;
    await page.goto("/deals?as=board&pipeline=renewal");
    t.equal(await lane(page, "quoted").locator(`[data-id="${id}"]`).count(), 1, "moved");
    await t.axe(page);
});

/* fitting RULES 1, 2 and 3 */
test("a form offers the stages of its pipeline", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto("/deals/new");
    t.equal(await page.inputValue("select[name=pipeline]"), "sales", "the first pipeline");
    t.equal(await page.inputValue("select[name=stage]"), "new", "its first stage");
    const stages = async () =>
        (await page.locator("select[name=stage] option").allTextContents()).join(" ");
    t.equal(await stages(), "New Qualified Proposal Negotiation Won Lost", "sales");
    await page.selectOption("select[name=stage]", "proposal");
    await page.selectOption("select[name=pipeline]", "renewal");
    t.equal(await stages(), "Due Contacted Quoted Won Lost", "renewals");
    t.equal(await page.inputValue("select[name=stage]"), "due", "the first one");
    await page.selectOption("select[name=stage]", "won");
    await page.selectOption("select[name=pipeline]", "partner");
    t.equal(await page.inputValue("select[name=stage]"), "won", "which goes with both");
    await page.locator("select[name=pipeline]").evaluate((select) => {
        select.add(new Option("–", ""));
        select.value = "";
        select.dispatchEvent(new Event("change"));
    });
    t.equal(await page.locator("select[name=stage] optgroup").count(), 3, "none: all of them");
    const plain = await t.page({ as: "staff", js: false });
    await plain.goto("/deals/new");
    t.equal(await plain.locator("select[name=stage] optgroup").count(), 3, "without a script");
});

test("a call is logged, the timeline narrowed, and a task done", async (t) => {
    const page = await t.page({ as: "staff" });
    const href = await dealNamed(page, "Heron kettles for 9 counters");
    await page.goto(href);
    await page.locator("#compose .tabs a", { hasText: "Call" }).click();
    await page.locator("#compose button", { hasText: "Log call" }).waitFor();
    await page.selectOption("#c-direction", "in");
    await page.selectOption("#c-outcome", "reached");
    await page.fill("#c-minutes", "7");
    await page.fill("#c-body", "They will take ten.\nNot nine.");
    await page.locator("#compose button", { hasText: "Log call" }).click();
    const entry = page.locator("#timeline .tl", { hasText: "They will take ten." }).first();
    await entry.waitFor();
    t.ok((await entry.textContent()).includes("7 minutes"), "how long");
    t.ok((await entry.textContent()).includes("took a call"), "who rang");
    await t.axe(page);
    await page.locator("#line .tabs a", { hasText: "Calls" }).click();
    await page.waitForURL(/show=calls/);
    await page.locator("#line [aria-current]", { hasText: "Calls" }).waitFor();
    t.equal(await page.locator("#timeline .tl--task").count(), 0, "calls only");
    t.ok((await page.locator("#timeline .tl--call").count()) > 1, "several");
    await page.locator("#line .tabs a", { hasText: "Tasks" }).click();
    await page.waitForURL(/show=tasks/);
    const task = page.locator("#timeline .tl--task").first();
    await task.waitFor();
    await task.locator("button", { hasText: "Done" }).click();
    await page.locator("#timeline .tl__icon--done").first().waitFor();
});

test("a note that somebody else adds shows at once", async (t) => {
    const odile = await t.page({ as: "staff" });
    const maren = await t.page({ as: "administrator" });
    const href = await dealNamed(odile, "Heron kettles for 9 counters");
    await odile.goto(href);
    await maren.goto(href);
    await maren.fill("#c-body", "Seen by everybody.");
    await maren.locator("#compose button", { hasText: "Add note" }).click();
    await odile.locator("#timeline .tl", { hasText: "Seen by everybody." }).first().waitFor();
});

/* cells RULE 6 */
test("what is changed in place shows in the steps, on a phone in sight", async (t) => {
    const page = await t.page({ as: "staff", width: "phone" });
    await page.goto(await dealNamed(page, "Heron kettles for 9 counters"));
    await page.locator('a[data-cell$="-stage"]').first().click();
    const form = page.locator("turbo-frame[data-editing]");
    await form.locator('select[name="stage"]').selectOption({ label: "Agreement" });
    await form.locator("button[type=submit]").first().click();
    const now = page.locator(".steps [aria-current]", { hasText: "Agreement" });
    await now.waitFor();
    await page.reload();
    const box = await now.boundingBox();
    t.ok(box.x >= 0 && box.x + box.width <= 390, `the step stands at ${box.x}`);
});

test("it all works without a script", async (t) => {
    const page = await t.page({ as: "staff", js: false });
    const href = await dealNamed(page, "Heron kettles for 9 counters");
    await page.goto(`${href}?compose=task`);
    await page.fill("#c-title", "Ring them on Monday");
    await page.locator("#compose button", { hasText: "Add task" }).click();
    const task = page.locator("#timeline .tl", { hasText: "Ring them on Monday" }).first();
    await task.locator("button", { hasText: "Done" }).click();
    await page.locator("#timeline .tl__icon--done").first().waitFor();
    /* details RULE 4 */
    await page.locator(".steps button", { hasText: "Evaluating" }).click();
    t.ok(
        (await page.locator(".steps [aria-current]").textContent()).includes("Evaluating"),
        "the stage's button",
    );
});
