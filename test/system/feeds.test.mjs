/*
 * feeds.test.mjs: a member makes a feed key, reads with it as a reader does, and revokes it.
 */
import { test } from "./browser.mjs";

for (const [name, address] of [["feeds", "/feeds"], ["account", "/account"]])
    test(`screens of ${name}`, (t) => t.screens(address, name, { as: "customer" }));

test("a list tells of its feeds, as it is narrowed", async (t) => {
    const page = await t.page();
    await page.goto("/ideas?sort=newest&status=planned");
    const href = await page.getByRole("link", { name: "RSS feed" }).getAttribute("href");
    t.equal(href, "/ideas.rss?sort=newest&status=planned");
    const types = await page.locator("link[rel=alternate]").evaluateAll((all) =>
        all.map((one) => one.type).join(" "));
    t.equal(types, "application/atom+xml application/rss+xml application/feed+json");
});

test("a key is made, read with, and revoked", async (t) => {
    const page = await t.page({ as: "customer" });
    await page.goto("/account");
    await page.getByLabel("Name of the key").fill("Laptop");
    await page.getByRole("button", { name: "Make a key" }).click();
    const home = await page.getByLabel("Address of your Home").inputValue();
    await page.evaluate(() => scrollTo(0, 0)); /* nothing lies below the bar */
    await t.axe(page);
    await t.valid(page);
    await t.fits(page);
    const read = async (address) => {
        const answer = await fetch(address);
        return [answer.status, await answer.text()];
    };
    const [status, text] = await read(home);
    t.equal(status, 200, "the feed of Home");
    t.ok(text.includes("<entry>"), "Home is empty");
    const opml = await page.getByLabel("All your feeds at once").inputValue();
    t.ok((await read(opml))[1].includes(new URL(home).search.slice(1)), "OPML without the key");
    await page.goto("/account");
    t.equal(await page.getByLabel("Address of your Home").count(), 0, "shown again");
    await page.getByRole("row", { name: /Laptop/ }).getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("button", { name: "Yes" }).or(
        page.locator("dialog[open]").getByRole("button", { name: "Revoke" })).first().click();
    await page.getByText("The key is revoked.").waitFor();
    t.equal((await read(home))[0], 403, "after that");
});
