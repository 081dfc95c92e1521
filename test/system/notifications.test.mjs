/*
 * notifications.test.mjs: the bell that rings on open pages, the page of notifications, and the
 * menu of what one wants to hear, with and without JavaScript.
 */
import { test } from "./browser.mjs";

const bell = (page) => page.locator(".bar .bell__n .badge--count");

async function ideaOf(page, title) {
    await page.goto("/ideas/new");
    await page.fill("[name=title]", title);
    await page.fill("[name=body]", "So that one hears it.");
    await page.selectOption("[name=space]", { label: "Product ideas" });
    await page.locator("main form.form button[type=submit]").click();
    await page.waitForSelector(`h1 >> text=${title}`);
    return new URL(page.url()).pathname;
}

async function comment(page, path, words) {
    await page.goto(path);
    await page.locator("#comments > .composer textarea").fill(words);
    await page.locator("#comments > .composer button[type=submit]").click();
    await page.waitForSelector(`.comment__body >> text=${words}`);
}

async function quiet(page) {
    await page.goto("/notifications");
    const all = page.locator("main button >> text=Mark all as read");
    if (await all.count()) {
        await all.click();
        await all.waitFor({ state: "detached" });
    }
    await bell(page).waitFor({ state: "detached" });
}

test("the bell rings on open pages, and is quiet on all once one was looked at", async (t) => {
    const owner = await t.page({ as: "customer" });
    const idea = await ideaOf(owner, "A bell to be heard");
    await quiet(owner);
    const form = await owner.context().newPage(); /* another tab, half typed */
    await form.goto(t.site.origin + "/ideas/new");
    await form.fill("[name=title]", "Half a thought");
    await owner.goto("/spaces");
    const before = await owner.locator(".bell").boundingBox();
    const writer = await t.page({ as: "staff" });
    await quiet(writer);
    await comment(writer, idea, "Do you hear me?");
    await bell(owner).waitFor();
    await bell(form).waitFor();
    t.equal(await bell(owner).innerText(), "1", "the number");
    t.equal(await owner.locator("#bell-says").innerText(), "1 new notification", "what is said");
    t.equal(await form.inputValue("[name=title]"), "Half a thought", "what was typed");
    const after = await owner.locator(".bell").boundingBox();
    t.equal(JSON.stringify(after), JSON.stringify(before), "the bell's place");
    t.equal(await bell(writer).count(), 0, "the writer's own bell");
    await t.axe(owner);
    await comment(writer, idea, "And again?");
    await owner.waitForSelector(".bar .bell__n .badge--count >> text=2");
    await owner.locator(".bell").click();
    await owner.waitForSelector("main .timeline >> text=A bell to be heard");
    await bell(owner).waitFor({ state: "detached" }); /* the page was looked at */
    await bell(form).waitFor({ state: "detached" });
    t.equal(await form.inputValue("[name=title]"), "Half a thought", "what was typed still");
    t.equal(await owner.locator(".notices--new").count(), 1, "marked lines");
    await t.valid(owner);
    await t.axe(owner);
    await comment(writer, idea, "Once more");
    await owner.waitForSelector("main .timeline >> text=Once more"); /* the open page follows */
    await owner.locator("main .timeline a >> text=A bell to be heard").first().click();
    await owner.waitForSelector(".comment__body >> text=Once more");
    await owner.goto("/notifications");
    t.equal(await owner.locator(".notices--new").count(), 0, "what was opened is read");
    await form.close();
});

for (const js of [true, false]) {
    const how = js ? "" : ", without JavaScript";

    test(`one chooses how much one hears${how}`, async (t) => {
        const page = await t.page({ as: "customer", js });
        await page.goto("/spaces/product-ideas");
        const menu = page.locator("main details.watch").first();
        await menu.locator("summary").click();
        await menu.locator("button[value=everything]").click();
        await page.waitForSelector("main details.watch summary >> text=Everything");
        if (js) t.equal(new URL(page.url()).pathname, "/spaces/product-ideas", "the page");
        await t.valid(page);
        if (js) await t.axe(page);
        await page.locator("main details.watch summary").first().click();
        await page.locator("main details.watch button[value=muted]").first().click();
        await page.waitForSelector("main details.watch summary >> text=Muted");
        await page.goto("/ideas?tag=grinder");
        await page.locator("main details.watch summary").click();
        await page.locator("main details.watch button[value=highlights]").click();
        await page.waitForSelector("main details.watch summary >> text=Highlights");
        await page.goto("/watches");
        await page.waitForSelector("main .watches__row >> text=#grinder");
        await page.waitForSelector("main .watches__row >> text=Product ideas");
        await t.valid(page);
        if (js) await t.axe(page);
        for (const name of ["#grinder", "Product ideas"]) {
            const row = page.locator(".watches__row", { hasText: name });
            await row.locator("button >> text=Remove").click();
            await row.waitFor({ state: "detached" });
        }
    });

    test(`notifications are read one by one${how}`, async (t) => {
        const owner = await t.page({ as: "customer", js });
        const idea = await ideaOf(owner, `To be read${how}`);
        const writer = await t.page({ as: "staff" });
        await comment(writer, idea, "Read me");
        await owner.goto("/notifications");
        const line = owner.locator(".notices--new", { hasText: `To be read${how}` });
        await line.waitFor();
        await t.valid(owner);
        await line.locator("button").click();
        await line.waitFor({ state: "detached" });
        await owner.locator("main .seg a >> text=Mentions").click();
        await owner.waitForSelector("main .seg a[aria-current=true] >> text=Mentions");
    });
}
