/*
 * duplicates.test.mjs: what may be here already while one types; pairs that were found; two
 * organisations that become one, and two again. Proves the RULES of near.js.
 */
import { test } from "./browser.mjs";

const box = (page) => page.locator("[data-near-target=box]");

async function make(page, title, more = {}) {
    await page.goto("/organisations/new");
    await page.fill("[name=title]", title);
    for (const [name, value] of Object.entries(more)) await page.fill(`[name=${name}]`, value);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.waitForURL(/\/organisations\/\d+-/);
    return page.url();
}

/* near RULES 1 and 2 */
test("what may be here already is said while one types", async (t) => {
    const page = await t.page({ as: "staff" });
    await make(page, "Tidewater Roasters", { email: "hello@tidewater.example" });
    await page.goto("/organisations/new");
    await page.locator("[name=title]").pressSequentially("Tidewater Roasters Ltd");
    await box(page).getByText("Perhaps already here").waitFor();
    t.equal(await box(page).getByRole("link", { name: "Tidewater Roasters" }).count(), 1, "link");
    await t.axe(page);
    await page.fill("[name=title]", "Something else entirely");
    await box(page).getByText("Perhaps already here").waitFor({ state: "detached" });
    await page.fill("[name=title]", "");
    await page.fill("[name=email]", "hello@tidewater.example");
    await box(page).getByText("same e-mail").waitFor();
});

test("without a script one is asked once", async (t) => {
    const page = await t.page({ as: "staff", js: false });
    t.expect(page, /409/);
    await page.goto("/organisations/new");
    await page.fill("[name=title]", "Tidewater Roasters");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    t.ok((await page.textContent("main")).includes("Perhaps already here"), "asked");
    await page.getByRole("button", { name: "Make it anyway" }).click();
    await page.waitForURL(/\/organisations\/\d+-tidewater-roasters/);
});

test("two organisations are merged field by field, and that is undone", async (t) => {
    const page = await t.page({ as: "staff" });
    const kept = await make(page, "Morning Mist Coffee", { email: "hello@mist.example" });
    await page.goto("/organisations/new");
    await page.fill("[name=title]", "Morning Mist Coffee GmbH");
    await page.fill("[name=phone]", "+49 30 1234567");
    await box(page).getByText("Perhaps already here").waitFor();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.waitForURL(/morning-mist-coffee-gmbh/);
    const other = page.url();
    const pair = page.locator(".pair", { hasText: "Morning Mist Coffee GmbH" });
    for (let tries = 0; tries < 100 && !(await pair.count()); tries++)
        await page.goto("/duplicates"); /* the walk follows the log */
    t.ok((await pair.textContent()).includes("same name"), "reason");
    await t.axe(page);
    await t.valid(page);
    await t.screens("/duplicates", "duplicates", { as: "staff" });
    await pair.getByRole("link", { name: /^Merge/ }).click();
    await page.waitForURL(/merges\/new/);
    await t.axe(page);
    await t.valid(page);
    await t.screens(new URL(page.url()).pathname + new URL(page.url()).search, "merge",
        { as: "staff" });
    await page.locator("input[name=title][value=left]").check();
    await page.getByRole("button", { name: "Merge", exact: true }).click();
    await page.waitForURL(/\/merges\/\d+$/);
    const merge = page.url();
    await t.axe(page);
    await t.valid(page);
    await t.screens(new URL(merge).pathname, "merged", { as: "staff" });
    await page.goto(other);
    t.equal(page.url(), kept, "the old address leads to the one that was kept");
    const text = (await page.textContent("main")).replace(/[ \u00a0]/g, "");
    t.ok(text.includes("hello@mist.example") && text.includes("+49301234567"), "both");
    await page.goto(merge);
    await page.getByRole("button", { name: /^Undo/ }).click();
    await page.getByText("are two records again").waitFor();
    await page.goto(other);
    t.equal(page.url(), other, "it has its page again");
});

test("two people are merged, and that is undone", async (t) => {
    const page = await t.page({ as: "staff" });
    const ids = [];
    for (const [name, phone] of [["Elizabeth Nwosu", "+49 30 7654321"], ["Liz Nwosu", ""]]) {
        await page.goto("/people/new");
        await page.fill("[name=title]", name);
        await page.fill("[name=email]", "liz@nwosu.example");
        await page.fill("[name=phone]", phone);
        if (ids.length) await box(page).getByText("Perhaps already here").waitFor();
        await page.getByRole("button", { name: "Save", exact: true }).click();
        await page.waitForURL(/\/people\/(elizabeth|liz)-nwosu/);
        ids.push(page.url());
    }
    const pair = page.locator(".pair", { hasText: "Liz Nwosu" });
    for (let tries = 0; tries < 100 && !(await pair.count()); tries++)
        await page.goto("/duplicates");
    t.ok((await pair.textContent()).includes("likely the same"), "score");
    await pair.getByRole("link", { name: /^Merge/ }).click();
    await page.waitForURL(/merges\/new/);
    await t.axe(page);
    await page.getByRole("button", { name: "Merge", exact: true }).click();
    await page.waitForURL(/\/merges\/\d+$/);
    const merge = page.url();
    await page.goto(ids[1]);
    t.equal(page.url(), ids[0], "the old address leads to the one that was kept");
    await page.goto(merge);
    await page.getByRole("button", { name: /^Undo/ }).click();
    await page.getByText("are two records again").waitFor();
    await page.goto(ids[1]);
    t.equal(page.url(), ids[1], "it has its page again");
});

test("a pair that is not the same is never proposed again", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto("/duplicates");
    const pair = page.locator(".pair", { hasText: "Tidewater Roasters" });
    t.equal(await pair.count(), 1, "found");
    await pair.getByRole("button", { name: /^Not the same/ }).click();
    await pair.waitFor({ state: "detached" });
});
