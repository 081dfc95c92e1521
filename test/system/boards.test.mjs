/*
 * boards.test.mjs: records of the demo's customers as boards, calendars, galleries and tables, with
 * their views: what one clicks through.
 */
import { test } from "./browser.mjs";

const BOARD = "/deals?as=board&by=stage";
const lane = (page, value) => page.locator(`#board-lane-${value}`);
const first = (page, value) => lane(page, value).locator(".kard").first();
const count = async (page, value) =>
    Number(await lane(page, value).locator("[data-lane-n]").textContent());
const moved = (page) =>
    page.waitForResponse((r) => r.request().method() === "PATCH" && r.status() === 200);

async function drag(page, card, to) {
    const id = await card.getAttribute("data-id");
    const from = await card.locator(".kard__top").boundingBox();
    const there = await to.boundingBox();
    await page.mouse.move(from.x + 60, from.y + 14);
    await page.mouse.down();
    await page.mouse.move(from.x + 80, from.y + 24, { steps: 4 });
    await page.mouse.move(there.x + there.width / 2, there.y + 30, { steps: 12 });
    await page.mouse.move(there.x + there.width / 2, there.y + 24, { steps: 4 });
    await to.locator(`[data-id="${id}"]`).waitFor({ state: "attached" });
    const done = moved(page);
    await page.mouse.up();
    await done;
}

test("a deal is dragged to another column, and stays there", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto(BOARD);
    const card = first(page, "new");
    const id = await card.getAttribute("data-id");
    const there = await count(page, "qualified");
    await drag(page, card, lane(page, "qualified").locator(".lane__cards"));
    await page.goto(BOARD);
    t.equal(await lane(page, "qualified").locator(`[data-id="${id}"]`).count(), 1, "moved");
    t.equal(await count(page, "qualified"), there + 1, "number");
    await page.goto(`/r/${id}`);
    t.ok((await page.textContent("main")).includes("Qualified"), "its page says so");
});

/* A finger that rests on a card takes it up; one that moves on at once scrolls. */
async function finger(page) {
    const session = await page.context().newCDPSession(page);
    const send = (type, points) =>
        session.send("Input.dispatchTouchEvent", { type, touchPoints: points });
    return {
        down: (x, y) => send("touchStart", [{ x, y }]),
        to: (x, y) => send("touchMove", [{ x, y }]),
        up: () => send("touchEnd", []),
    };
}

test("a deal is dragged by a finger that rests on it; one that does not scrolls", async (t) => {
    const page = await t.page({ as: "staff", touch: true });
    await page.goto(BOARD);
    const card = first(page, "new");
    const id = await card.getAttribute("data-id");
    const touch = await finger(page);
    const box = await card.locator(".kard__top").boundingBox();
    const there = await lane(page, "qualified").locator(".lane__cards").boundingBox();
    const [x, y] = [box.x + 60, box.y + 14];
    const [far, low] = [there.x + there.width / 2, there.y + 30];
    await touch.down(x, y);
    for (let i = 1; i <= 8; i++) await touch.to(x + ((far - x) * i) / 8, y + ((low - y) * i) / 8);
    await touch.up();
    t.equal(await lane(page, "new").locator(`[data-id="${id}"]`).count(), 1, "not taken up");
    await touch.down(x, y);
    await page.locator(`.sortable-chosen[data-id="${id}"]`).waitFor();
    await touch.to(x + 12, y + 8);
    for (let i = 1; i <= 8; i++) await touch.to(x + ((far - x) * i) / 8, y + ((low - y) * i) / 8);
    await touch.to(far, low - 6);
    const done = moved(page);
    await touch.up();
    await done;
    await page.goto(BOARD);
    t.equal(await lane(page, "qualified").locator(`[data-id="${id}"]`).count(), 1, "moved");
});

test("a deal is moved by the keyboard, within its column and to the next", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto(BOARD);
    const card = first(page, "proposal");
    const id = await card.getAttribute("data-id");
    await card.locator(".kard__title").focus();
    let done;
    for (const time of ["once", "and again"]) {
        done = moved(page);
        await page.keyboard.press("Alt+ArrowDown");
        await done;
        const focus = page.locator(`[data-id="${id}"] .kard__title:focus`);
        t.equal(await focus.count(), 1, `focus, ${time}`);
    }
    await page.goto(BOARD);
    const order = await lane(page, "proposal").locator(".kard").evaluateAll((all) =>
        all.map((one) => one.dataset.id));
    t.equal(order.indexOf(id), 2, "two further down");
    await page.locator(`#board-${id} .kard__title`).focus();
    done = moved(page);
    await page.keyboard.press("Alt+ArrowRight");
    await done;
    await page.goto(BOARD);
    t.equal(await lane(page, "negotiation").locator(`[data-id="${id}"]`).count(), 1, "moved");
});

test("a deal is moved by its menu without a script", async (t) => {
    const page = await t.page({ as: "staff", js: false });
    await page.goto(BOARD);
    const card = first(page, "negotiation");
    const id = await card.getAttribute("data-id");
    await card.locator("a.kard__menu").click();
    await t.valid(page);
    await page.locator("main select").selectOption("won");
    await page.getByRole("button", { name: "Save" }).click();
    await page.waitForURL(`**${BOARD}`);
    t.equal(await lane(page, "won").locator(`[data-id="${id}"]`).count(), 1, "moved");
});

test("two move deals at once: both see where they are", async (t) => {
    const one = await t.page({ as: "staff" });
    const two = await t.page({ as: "administrator" });
    await one.goto(BOARD);
    await two.goto(BOARD);
    const card = first(one, "new");
    const id = await card.getAttribute("data-id");
    await drag(one, card, lane(one, "proposal").locator(".lane__cards"));
    await two.locator(`#board-lane-proposal [data-id="${id}"]`).waitFor();
    t.equal(await lane(two, "new").locator(`[data-id="${id}"]`).count(), 0, "and nowhere else");
});

test("a list is narrowed, saved as a view and shared", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto("/deals");
    await page.locator(".builder__add > summary").click();
    await page.locator("select[name=add]").selectOption("stage");
    await page.locator("select[name=to]").selectOption("won");
    await page.getByRole("button", { name: "Apply" }).first().click();
    await page.waitForURL(/stage=won/);
    t.ok(await page.locator(".chip", { hasText: "Stage is Won" }).isVisible(), "chip");
    await page.getByText("Save this view").click();
    await page.fill("#f-view-name", "What we won");
    await page.getByRole("button", { name: "Save view" }).click();
    await page.waitForURL(/view=\d+-what-we-won/);
    t.equal(await page.locator("h1").textContent(), "What we won");
    await page.getByRole("link", { name: "This view" }).click();
    await page.locator("select[name=shared]").selectOption("staff");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.waitForURL(/view=\d+-what-we-won/);
    const other = await t.page({ as: "administrator" });
    await other.goto("/deals");
    await other.getByRole("link", { name: "What we won" }).click();
    await other.waitForURL(/view=/);
    t.equal(await other.locator("h1").textContent(), "What we won");
});

test("many deals are changed at once, and it is undone", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto("/deals?stage=lost&sort=title");
    const rows = page.locator("tbody tr.data__row");
    const n = await rows.count();
    await page.locator("[data-bulk-target=all]").check();
    await page.locator("select[name=set]").selectOption("stage=new");
    await page.getByRole("button", { name: "Set", exact: true }).click();
    await page.locator(".flash", { hasText: `${n} Deals changed: Stage is New.` }).waitFor();
    await page.goto("/deals?stage=lost");
    t.equal(await rows.count(), 0, "none is lost");
    await page.goto("/deals?stage=new&sort=title");
    await page.locator("tbody [data-bulk-target=one]").first().check();
    await page.locator("select[name=set]").selectOption("stage=lost");
    await page.getByRole("button", { name: "Set", exact: true }).click();
    await page.locator(".flash").getByRole("button", { name: "Undo" }).click();
    await page.locator(".flash", { hasText: "It is as it was." }).waitFor();
    await page.goto("/deals?stage=lost");
    t.equal(await rows.count(), 0, "still none");
});

const PAGES = [
    [BOARD, "board"],
    ["/deals", "deals"],
    ["/deals?stage=new&add=amount", "deals-filter"],
    ["/deals?group=organisation&columns=stage,amount,close_on", "deals-groups"],
    ["/deals?as=calendar&by=close_on", "deals-calendar"],
    ["/organisations?as=gallery", "organisations-gallery"],
    ["/deals/bulk?all=1&query=stage%3Dnew&field=organisation", "deals-bulk"],
];

for (const [address, name] of PAGES)
    test(`${name}: valid, accessible, in both widths and themes`, async (t) => {
        const page = await t.page({ as: "staff" });
        await page.goto(address);
        await t.axe(page);
        await t.valid(page);
        await t.screens(address, name, { as: "staff" });
    });

/* cells RULE 5 */
test("values of a list are edited where they stand, also after it was brought up to date",
     async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto("/deals?columns=stage,probability");
    const row = page.locator(".data__row").first();
    const value = row.locator("a.cell[data-cell$=-probability]");
    await value.click();
    await row.locator("input[name=probability]").fill("37");
    await page.keyboard.press("Enter");
    await row.locator("a.cell", { hasText: "37" }).waitFor();
    await page.click(".columns-menu > summary");
    const boxes = page.locator("#choose-columns input[value=amount]");
    await boxes.waitFor();
    const came = page.evaluate(() => new Promise((resolve) =>
        addEventListener("turbo:morph", () => resolve(true), { once: true })));
    await page.evaluate(() => document.body.insertAdjacentHTML("beforeend",
        `<turbo-stream action="refresh"></turbo-stream>`));
    t.ok(await came, "brought up to date");
    t.ok(await boxes.isVisible(), "what was fetched stays");
    t.equal(await value.count(), 1, "its link");
    t.equal(await row.locator(".cell").count(), 2, "and no second one");
    await boxes.check();
    await page.locator("#choose-columns >> text=Apply").click();
    await page.waitForURL(/columns=.*amount/);
    t.equal(await page.locator("th[data-field=amount]").count(), 1, "the column that was chosen");
});

test("without a script filters and columns are chosen on pages of their own", async (t) => {
    const page = await t.page({ as: "staff", js: false });
    await page.goto("/deals?stage=won&columns=stage");
    await page.click(".builder summary");
    await page.click("text=Choose a field");
    await t.valid(page);
    await page.selectOption("#filter-add select", "amount");
    await page.click("#filter-add button");
    await page.fill("[name=to]", "1 EUR");
    await page.click("#filter-add >> text=Apply");
    await page.waitForURL(/stage=won.*amount=/);
    await page.click(".columns-menu > summary");
    await page.click("text=Choose columns");
    await t.valid(page);
    await page.check("[value=probability]");
    await page.click("#choose-columns >> text=Apply");
    await page.waitForURL(/columns=stage%2Cprobability/);
});
