import { test } from "./browser.mjs";
test("shots", async (t) => {
    const page = await t.page({ as: "staff" });
    await page.goto("/deals");
    const href = await page.locator("a", { hasText: "Heron kettles for 9 counters" }).first().getAttribute("href");
    await t.screens(href, "deal", { as: "staff" });
    await t.screens(href + "?compose=call&show=calls", "deal-call", { as: "staff" });
    await t.screens("/deals?as=board", "board-sales", { as: "staff" });
    await t.screens("/deals?as=board&pipeline=renewal", "board-renewal", { as: "staff" });
    await page.goto("/organisations");
    const org = await page.locator("a", { hasText: "Nordlicht Coffee" }).first().getAttribute("href");
    await t.screens(org, "organisation", { as: "staff" });
    await t.screens("/people/ruth", "person", { as: "staff" });
    await t.screens("/deals/new?pipeline=renewal", "deal-new", { as: "staff" });
});
