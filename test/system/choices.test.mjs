/*
 * choices.test.mjs: the choices of a field are changed, moved and switched off in the browser, by
 * mouse, by keyboard and without a script. SCREENS=1 takes pictures.
 */
import { test } from "./browser.mjs";

const STAGES = "/types/deal/fields/stage/choices";
const names = (page) => page.locator(".options > li").evaluateAll((all) => all.map((li) => li.id));

/* reorder RULE 2 */
for (const js of [true, false])
    test(`a choice is added, changed and moved ${js ? "with" : "without"} a script`, async (t) => {
        const page = await t.page({ as: "administrator", js });
        const label = js ? "On hold" : "Resting";
        await page.goto("/types/deal/fields/stage/edit");
        await page.click("text=Change the choices");
        await page.waitForURL(`**${STAGES}`);
        const form = page.locator("section:has(h2:has-text('Another choice')) form");
        await form.locator("[name=label]").fill(label);
        await form.locator("[value=violet]").check();
        await form.locator("button").press("Enter");
        const row = page.locator(".options > li", { hasText: label });
        await row.waitFor();
        const before = await names(page);
        t.equal(await row.getAttribute("id"), before.at(-1), "the last one");
        await row.getByRole("button", { name: `Move ${label} up` }).press("Enter");
        await page.waitForFunction(
            (id) => document.querySelector(".options > li:last-child").id !== id,
            before.at(-1),
        );
        await row.locator("summary").press("Enter");
        await row.locator("[name=label]").fill(`${label} a while`);
        await row.locator("[value=sales]").check();
        await row.getByRole("button", { name: "Save" }).press("Enter");
        await page.locator(".options .tone", { hasText: `${label} a while` }).first().waitFor();
        await t.fits(page);
        await t.valid(page);
        if (js) await t.axe(page);
        await row.getByRole("button", { name: "Delete" }).press("Enter");
        await row.waitFor({ state: "detached" });
    });

/* reorder RULE 1 */
test("a choice is dragged to another place", async (t) => {
    const page = await t.page({ as: "administrator" });
    await page.goto(STAGES);
    await page.locator("[data-reorder-ready]").waitFor();
    const before = await names(page);
    const grip = await page.locator(".options__grip").nth(0).boundingBox();
    const to = await page.locator(".options > li").nth(1).boundingBox();
    const done = page.waitForResponse((r) => r.url().endsWith("/moves") && r.status() === 200);
    await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2);
    await page.mouse.down();
    await page.mouse.move(to.x + 20, to.y + to.height / 2, { steps: 8 });
    await page.mouse.move(to.x + 20, to.y + to.height - 4, { steps: 8 });
    await page.mouse.up();
    await done;
    await page.locator("[data-reorder-status]", { hasText: "is at place 2" }).waitFor();
    await page.reload();
    t.equal((await names(page)).slice(0, 2).join(), [before[1], before[0]].join(), "kept");
});

if (process.env.SCREENS)
    test("pictures of choices", async (t) => {
        await t.screens(STAGES, "choices", { as: "administrator" });
        await t.screens("/types/deal/fields/stage/edit", "choice-field", { as: "administrator" });
    });
