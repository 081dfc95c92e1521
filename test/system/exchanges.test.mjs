/*
 * exchanges.test.mjs: a table with errors is sent, tried, imported and taken back in the browser,
 * with a script and without.
 */
import { test } from "./browser.mjs";

const TABLE = [
    "Company;Relationship;E-mail;Employees",
    "Brimstone Roasters;Customer;hello@brimstone.example;12",
    "Kestrel Tea;Supplier;info@kestrel.example;1.200",
    "Broken;Enemy;nobody;many",
].join("\r\n");

async function send(page) {
    await page.goto("/organisations");
    await page.getByRole("link", { name: "Import", exact: true }).click();
    await page.locator("[name=file]").setInputFiles({
        name: "companies.csv",
        mimeType: "text/csv",
        buffer: Buffer.from(TABLE),
    });
    await page.getByRole("button", { name: "Send" }).click();
    await page.waitForURL(/\/organisations\/imports\/\d+$/);
}

/* Jobs end behind the page: it is fetched again until it says so. */
async function until(page, text) {
    for (let i = 0; i < 100 && !(await page.getByText(text).count()); i++) {
        await page.waitForTimeout(100);
        await page.goto(page.url());
    }
    await page.getByText(text).first().waitFor();
}

for (const js of [true, false])
    test(`a table is imported and taken back ${js ? "with" : "without"} a script`, async (t) => {
        const page = await t.page({ as: "staff", js });
        await send(page);
        t.equal(await page.getByLabel("Field for Company").inputValue(), "title", "guessed");
        await page.getByText("How the file is read").click();
        await page.getByLabel("Numbers", { exact: true }).selectOption(",");
        if (js) await t.axe(page);
        await t.valid(page);
        await page.getByRole("button", { name: "Try it" }).click();
        await until(page, "What it would do");
        await page.getByText("Relationship has no choice").waitFor();
        if (js) await t.axe(page);
        await t.valid(page);
        await page.getByRole("button", { name: "Import now" }).click();
        await until(page, "Take back");
        await page.goto("/organisations?q=brimstone");
        await page.getByRole("link", { name: "Brimstone Roasters" }).first().waitFor();
        await page.goto("/organisations/imports");
        await t.valid(page);
        await page.getByRole("link", { name: "companies.csv" }).first().click();
        await page.getByRole("link", { name: "rejected", exact: true }).click();
        await page.getByText("Row 3").waitFor();
        await t.valid(page);
        await page.goBack();
        await page.getByRole("button", { name: "Take back" }).click();
        const asked = page.locator("dialog[open]").getByRole("button", { name: "Take back" });
        if (js) await asked.click();
        await until(page, "deleted again");
        await page.goto("/organisations?q=brimstone");
        t.equal(await page.getByRole("link", { name: "Brimstone Roasters" }).count(), 0, "gone");
    });

test("an import fits a phone", async (t) => {
    const page = await t.page({ as: "staff", width: "phone" });
    await send(page);
    await t.fits(page);
    await page.getByRole("button", { name: "Try it" }).click();
    await until(page, "What it would do");
    await t.fits(page);
});

test("a file that is no table is told where it was chosen", async (t) => {
    const page = await t.page({ as: "staff" });
    t.expect(page, /422|Autofocus/);
    await page.goto("/organisations/imports");
    await page.locator("[name=file]").setInputFiles({
        name: "empty.csv",
        mimeType: "text/csv",
        buffer: Buffer.from("\n"),
    });
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("There is no row in this file.").first().waitFor();
    await t.axe(page);
    await t.valid(page);
});
