/*
 * formulas.test.mjs: an administrator makes a formula and a roll-up in the browser, is told what is
 * wrong where it was typed, and lists and pages show what they give. SCREENS=1 takes pictures.
 */
import { test } from "./browser.mjs";

const FIELDS = "/types/organisation/fields";

for (const js of [true, false])
    test(`a formula is mended and made ${js ? "with" : "without"} a script`, async (t) => {
        const page = await t.page({ as: "administrator", js });
        const label = js ? "Doubled" : "Trebled";
        t.expect(page, /422/);
        await page.goto("/types/deal/fields/new");
        await page.click("text=Formula");
        await page.fill("[name=label]", label);
        await page.fill("[name=formula]", "amonut * 2");
        await page.check("[name=flags][value=listed]");
        await page.click("text=Save");
        await page.waitForSelector("text=Did you mean \"amount\"?");
        t.equal(await page.inputValue("[name=formula]"), "amonut * 2", "what was typed");
        await t.fits(page);
        if (js) await t.axe(page);
        await page.fill("[name=formula]", "amount * 2");
        await page.click("text=Save");
        await page.waitForURL("**/types/deal");
        await t.valid(page);
        await page.goto(`/deals?columns=amount,${label.toLowerCase()}`);
        await page.waitForSelector(`th:has-text("${label}")`);
        await t.valid(page);
        if (js) await t.axe(page);
    });

test("a roll-up is made, and follows", async (t) => {
    const page = await t.page({ as: "administrator" });
    await page.goto(`${FIELDS}/new?kind=rollup`);
    await page.fill("[name=label]", "Largest deal");
    await page.fill("[name=formula]", "max(deals.amount)");
    await page.click("text=Save");
    await page.waitForURL("**/types/organisation");
    await page.goto("/organisations?columns=open_deals,won_amount,largest_deal&sort=-open_deals");
    await page.waitForSelector("th:has-text('Open deals')");
    await t.axe(page);
    await t.fits(page);
    await page.locator("main tbody a").first().click();
    await page.waitForSelector("dt:has-text('Largest deal')");
    await t.axe(page);
    await t.valid(page);
});

if (process.env.SCREENS)
    test("pictures of the pages of formulas", async (t) => {
        const as = "administrator";
        await t.screens("/types/deal/fields/new?kind=formula", "formula-new", { as });
        await t.screens(`${FIELDS}/new?kind=rollup`, "rollup-new", { as });
        await t.screens("/types/organisation", "type-organisation", { as });
        await t.screens("/organisations?columns=open_deals,won_amount", "rollups", { as });
    });
