/*
 * spaces.test.mjs: opening a space, joining, asking to be let in, invitations, roles and leaving,
 * with a script and without.
 */
import { test } from "./browser.mjs";

let opened = 0;

/* Staff open a space; gives its path. */
async function open(t, page, { openness, audience }) {
    const name = `Room number ${++opened}`;
    await page.goto("/spaces");
    await page.locator("main a >> text=Open a space").click();
    await page.waitForURL(/\/spaces\/new$/);
    await page.fill("[name=title]", name);
    await page.fill("[name=body]", "To be **in** together.");
    await page.selectOption("[name=openness]", openness);
    await page.selectOption("[name=audience]", audience);
    await page.locator("main form.form button[type=submit]").click();
    await page.waitForSelector(`h1 >> text=${name}`);
    return new URL(page.url()).pathname;
}

const act = (page, words) => page.locator(".head__acts button", { hasText: words });

async function leave(page, js) {
    await act(page, "Leave").click();
    if (js) await page.locator("dialog[open] button[value=yes]").click();
    await page.waitForURL(/\/spaces$/);
}

for (const js of [true, false]) {
    const how = js ? "" : ", without a script";

    test(`anyone joins an open space, and leaves${how}`, async (t) => {
        const staff = await t.page({ as: "staff", js });
        const path = await open(t, staff, { openness: "anyone", audience: "public" });
        if (js) await t.axe(staff);
        await t.valid(staff);
        const guest = await t.page({ js });
        await guest.goto(path);
        await guest.locator(".head__acts a >> text=Sign in to join").click();
        await guest.waitForURL(/\/session\/new/);
        const page = await t.page({ as: "customer", js });
        await page.goto(path);
        await act(page, "Join").click();
        await page.waitForSelector(".flash >> text=You are in");
        await act(page, "Leave").waitFor();
        await page.goto(`${path}/members`);
        t.equal(await page.locator("main .rows .row").count(), 2, "members");
        if (js) await t.axe(page);
        await t.valid(page);
        await page.goto(path);
        await leave(page, js);
        await page.goto(path);
        await act(page, "Join").waitFor();
    });

    if (js)
        test("id-card RULE 3: a card's button joins, and the card says so", async (t) => {
            const staff = await t.page({ as: "staff" });
            const path = await open(t, staff, { openness: "anyone", audience: "public" });
            const page = await t.page({ as: "customer" });
            await page.goto("/spaces");
            const link = page.locator("main a", { hasText: `Room number ${opened}` }).first();
            const card = page.locator(".id-pop");
            await link.hover();
            await card.locator("button", { hasText: "Join" }).click();
            await page.waitForSelector(".flash >> text=You are in");
            await page.locator("nav a[href='/spaces']").first().click();
            await page.waitForURL(/\/spaces$/);
            await link.hover();
            await card.locator("text=Member").first().waitFor();
            t.equal(await card.locator("button", { hasText: "Join" }).count(), 0, "no offer");
            await page.goto(path);
            await leave(page, true);
        });

    test(`who asks is let in by a moderator${how}`, async (t) => {
        const staff = await t.page({ as: "staff", js });
        const path = await open(t, staff, { openness: "request", audience: "members" });
        const page = await t.page({ as: "customer", js });
        await page.goto(path);
        await act(page, "Ask to join").click();
        await page.waitForSelector(".flash >> text=You have asked to join");
        await page.waitForSelector(".head__acts >> text=Asked to join");
        await staff.goto(`${path}/members`);
        const name = t.site.signIns.customer.name ?? "Noor";
        const asked = staff.locator("main .rows .row:has(button:text('Let in'))");
        t.equal(await asked.count(), 1, `who asks, as ${name}`);
        if (js) await t.axe(staff);
        await t.valid(staff);
        await asked.locator("button >> text=Let in").click();
        await asked.waitFor({ state: "detached" });
        await page.goto("/notifications");
        await page.waitForSelector("main .timeline >> text=lets you into");
        await page.goto(path);
        await act(page, "Leave").waitFor();
        await staff.goto(`${path}/members`);
        const theirs = staff.locator("main .rows .row:has(form[action$='/members/1'])").first();
        t.ok((await theirs.count()) <= 1, "one row each");
    });

    test(`a hidden space opens by invitation only${how}`, async (t) => {
        const staff = await t.page({ as: "staff", js });
        const path = await open(t, staff, { openness: "invitation", audience: "space" });
        const page = await t.page({ as: "customer", js });
        t.expect(page, /404/);
        await page.goto(path);
        await page.waitForSelector("h1 >> text=nothing at this address");
        await page.goto("/account");
        const edit = await page.locator("main a >> text=Edit profile").getAttribute("href");
        const handle = edit.split("/")[2];
        await staff.goto(`${path}/members`);
        t.expect(staff, /422/);
        const invite = async (words) => {
            await staff.fill("aside [name=handle]", words);
            await staff.locator("aside button >> text=Invite").click();
        };
        await invite("nobody-has-this");
        await staff.waitForSelector("aside >> text=Nobody here has this handle");
        await invite(`@${handle}`);
        await staff.waitForSelector("main .rows .badge >> text=invited");
        await page.goto("/notifications");
        await page
            .locator("main .timeline a", { hasText: `Room number ${opened}` })
            .first()
            .click();
        await page.waitForSelector("h2 >> text=You are invited");
        await act(page, "Accept the invitation").click();
        await page.waitForSelector("aside h2 >> text=Purpose");
        t.equal(await page.locator("aside .prose strong").innerText(), "in", "the purpose");
        await leave(page, js);
        await page.goto(path);
        await page.waitForSelector("h1 >> text=nothing at this address");
    });

    test(`a space is changed, and its last moderator stays${how}`, async (t) => {
        const staff = await t.page({ as: "staff", js });
        t.expect(staff, /409|422/);
        const path = await open(t, staff, { openness: "anyone", audience: "public" });
        await staff.locator(".head__acts a >> text=Change").click();
        await staff.waitForURL(/\/edit$/);
        if (js) await t.axe(staff);
        await t.valid(staff);
        await staff.fill("[name=title]", "Another name");
        await staff.fill("[name=body]", "   ");
        await staff.locator("main form.form button >> text=Save").click();
        await staff.waitForSelector(".errors");
        t.equal(await staff.inputValue("[name=title]"), "Another name", "the name stays");
        await staff.fill("[name=body]", "Something else.");
        await staff.locator("main form.form button >> text=Save").click();
        await staff.waitForSelector("h1 >> text=Another name");
        await staff.goto(path);
        await act(staff, "Leave").click();
        if (js) await staff.locator("dialog[open] button[value=yes]").click();
        await staff.waitForSelector("text=A space needs a moderator");
    });
}

test("customers open no spaces", async (t) => {
    const page = await t.page({ as: "customer" });
    t.expect(page, /403/);
    await page.goto("/spaces");
    t.equal(await page.locator("main a >> text=Open a space").count(), 0, "buttons");
    await page.goto("/spaces/new");
    t.equal(await page.locator("main form.form").count(), 0, "forms");
    await t.axe(page);
});
