/*
 * accounts.test.mjs: joining, signing in and out, devices, passwords, notifications and the theme,
 * with a script and without.
 */
import { test } from "./browser.mjs";

let joined = 0;

/* Joins and signs in; gives the page. */
async function join(t, { name = `Person ${++joined}`, js = true } = {}) {
    const who = {
        name,
        email: `person${++joined}@example.org`,
        password: "a password to join with",
    };
    const page = await t.page({ js });
    await page.goto("/accounts/new");
    await page.fill("[name=name]", who.name);
    await page.fill("[name=email]", who.email);
    await page.fill("[name=password]", who.password);
    await page.locator("main form [type=submit]").click();
    await page.waitForURL(/\/session\/new/);
    t.equal(await page.inputValue("[name=email]"), who.email, "the address is filled in");
    const focused = await page.evaluate(() => document.activeElement.name);
    t.equal(focused, "email", "the focus"); /* turbo RULE 4 */
    await page.fill("[name=password]", who.password);
    await page.locator("main form [type=submit]").click();
    await page.waitForURL((url) => url.pathname === "/");
    return Object.assign(who, { page });
}

async function signIn(page, { email, password }) {
    await page.goto("/session/new");
    await page.fill("[name=email]", email);
    await page.fill("[name=password]", password);
    await page.locator("main form [type=submit]").click();
}

/* Presses what asks first, and says yes. */
async function confirmed(page, button) {
    await button.click();
    await page.locator("dialog[open] button[value=yes]").click();
}

const signedIn = (page) => page.locator("summary.menu__face").count();

for (const js of [true, false]) {
    const how = js ? "" : ", without a script";

    test(`somebody joins and signs in${how}`, async (t) => {
        const { page, name } = await join(t, { js, name: "Ida Newcomer" });
        t.equal(await signedIn(page), 1, "the own menu");
        await page.goto("/account");
        await page.waitForSelector("h1 >> text=Your account");
        if (js) await t.axe(page);
        await t.valid(page);
        await page.locator("summary.menu__face").click();
        await page.waitForSelector(`.menu__who >> text=${name}`);
        await page.locator(".menu__list button >> text=Sign out").click();
        await page.waitForSelector(".bar__end >> text=Sign in");
    });

    test(`a wrong password says no more than that${how}`, async (t) => {
        const { email } = await join(t, { js });
        const said = [];
        for (const address of [email, "nobody.at.all@example.org"]) {
            const page = await t.page({ js });
            t.expect(page, /422/);
            await signIn(page, { email: address, password: "not the password" });
            await page.waitForSelector(".errors");
            said.push(await page.locator(".errors").innerText());
            t.equal(await page.inputValue("[name=email]"), address, "the address stays");
            if (js) await t.axe(page);
        }
        t.equal(said[0], said[1], "of an address that is known and one that is not:");
    });

    test(`one leads back to where one was${how}`, async (t) => {
        const { email, password } = await join(t, { js });
        const page = await t.page({ js });
        await page.goto("/ideas/new");
        t.ok(page.url().includes("/session/new?back="), `a guest is at ${page.url()}`);
        await page.locator("main a >> text=Join").click();
        await page.waitForURL(/\/accounts\/new/);
        await page.fill("[name=name]", "Again");
        await page.fill("[name=email]", email);
        await page.fill("[name=password]", password);
        await page.locator("main form [type=submit]").click();
        await page.waitForURL(/\/session\/new/);
        await page.fill("[name=password]", password);
        await page.locator("main form [type=submit]").click();
        await page.waitForURL(/\/ideas\/new$/);
    });

    test(`a device is signed out from another one${how}`, async (t) => {
        const { page, email, password } = await join(t, { js });
        const other = await t.page({ js });
        await signIn(other, { email, password });
        await other.waitForURL((url) => url.pathname === "/");
        await page.goto("/account");
        t.equal(await page.locator("main tbody tr").count(), 2, "devices");
        t.equal(await page.locator("main tbody tr:has(.badge--honey)").count(), 1, "this one");
        const out = page.locator("main tbody tr:not(:has(.badge--honey)) button");
        await (js ? confirmed(page, out) : out.click());
        await page.locator("main tbody tr:not(:has(.badge--honey))").waitFor({ state: "detached" });
        await other.goto("/account");
        t.ok(other.url().includes("/session/new"), `the other one is at ${other.url()}`);
        await page.goto("/account");
        t.equal(await signedIn(page), 1, "the first one");
    });

    test(`everywhere is everywhere${how}`, async (t) => {
        const { page, email, password } = await join(t, { js });
        const other = await t.page({ js });
        await signIn(other, { email, password });
        await other.waitForURL((url) => url.pathname === "/");
        await page.goto("/account");
        const out = page.locator("main button >> text=Sign out everywhere");
        await (js ? confirmed(page, out) : out.click());
        await page.waitForURL(/\/session\/new/);
        await page.waitForSelector(".flash >> text=signed out on every device");
        await other.goto("/account");
        t.ok(other.url().includes("/session/new"), `the other one is at ${other.url()}`);
    });

    test(`an access token is made, used and revoked${how}`, async (t) => {
        const { page } = await join(t, { js });
        t.expect(page, /422/);
        const button = page.locator("main form:has([name=days]) [type=submit]");
        const account = `${t.site.origin}/account.json`;
        const ask = (token) => fetch(account, { headers: { Authorization: `Bearer ${token}` } });
        await page.goto("/account");
        await page.locator("main a >> text=Access tokens").click();
        await page.waitForSelector("h1 >> text=Access tokens");
        await page.fill("[name=name]", "A script of mine");
        await page.uncheck("[name=scopes][value=read]");
        await button.click();
        await page.waitForSelector(".errors >> text=What it may do is missing");
        if (js) await t.axe(page);
        t.equal(await page.inputValue("[name=name]"), "A script of mine", "what was typed");
        await page.check("[name=scopes][value=read]");
        await button.click();
        const token = await page.locator("code.token").innerText();
        t.ok(/^skep_[0-9a-f]{64}$/.test(token), `the token is ${token}`);
        if (js) await t.axe(page);
        await t.valid(page);
        t.equal((await ask(token)).status, 200, "by token");
        await page.goto("/account/tokens");
        t.equal(await page.locator("code.token").count(), 0, "tokens that are shown");
        t.equal(await page.locator("main tbody tr").count(), 1, "tokens");
        const revoke = page.locator("main tbody button");
        await (js ? confirmed(page, revoke) : revoke.click());
        await page.waitForSelector(".flash >> text=revoked");
        await page.waitForSelector("main >> text=You have none");
        t.equal((await ask(token)).status, 401, "by a token that was revoked");
    });

    test(`a new password takes the place of the old one${how}`, async (t) => {
        const { page, email, password } = await join(t, { js });
        const other = await t.page({ js });
        t.expect(page, /422/);
        await signIn(other, { email, password });
        await other.waitForURL((url) => url.pathname === "/");
        const change = async (current, fresh) => {
            await page.goto("/account");
            const form = page.locator("main form:has([name=password])");
            await form.locator("[name=current]").fill(current);
            await form.locator("[name=password]").fill(fresh);
            await form.locator("[type=submit]").click();
        };
        await change("not the password", "an entirely new one");
        await page.waitForSelector(".errors >> text=not your current password");
        await change(password, "short");
        await page.waitForSelector(".errors >> text=at least 10 characters");
        await change(password, "an entirely new one");
        await page.waitForSelector(".flash >> text=Your password is new");
        t.equal(await signedIn(page), 1, "this device stays");
        await other.goto("/account");
        t.ok(other.url().includes("/session/new"), `the other one is at ${other.url()}`);
        const old = await t.page({ js });
        t.expect(old, /422/);
        await signIn(old, { email, password });
        await old.waitForSelector(".errors");
        await signIn(old, { email, password: "an entirely new one" });
        await old.waitForURL((url) => url.pathname === "/");
    });

    test(`a reply is told, and read${how}`, async (t) => {
        const { page } = await join(t, { js });
        await page.goto("/ideas/new");
        await page.fill("[name=title]", `A louder bell${how}`);
        await page.fill("[name=body]", "So that one hears it.");
        await page.selectOption("[name=space]", { label: "Product ideas" });
        await page.locator("main form.form button[type=submit]").click();
        await page.waitForSelector("h1 >> text=A louder bell");
        const idea = page.url();
        t.equal(await page.locator(".bell .badge--count").count(), 0, "badges before");
        const other = await join(t, { js });
        await other.page.goto(idea);
        await other.page.locator("#comments > .composer textarea").fill("I hear *you*.");
        await other.page.locator("#comments > .composer [type=submit]").click();
        await other.page.waitForSelector(".comment__body >> text=I hear you.");
        await page.goto("/");
        t.equal(await page.locator(".bell .badge--count").innerText(), "1", "the badge");
        await page.locator(".bell").click();
        await page.waitForSelector(`main .timeline >> text=A louder bell${how}`);
        await page.waitForSelector("main .timeline >> text=(new)");
        if (js) await t.axe(page);
        await t.valid(page);
        await page.locator("main button >> text=Mark all as read").click();
        await page.locator(".bell .badge--count").waitFor({ state: "detached" });
        await page.locator("main .timeline >> text=(new)").waitFor({ state: "detached" });
        await page.locator("main .timeline a >> text=A louder bell").first().click();
        await page.waitForSelector(".comment__body >> text=I hear you.");
    });

    test(`the theme is chosen and stays${how}`, async (t) => {
        const page = await t.page({ js });
        const theme = () => page.locator("html").getAttribute("data-theme");
        const paper = () =>
            page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
        await page.goto("/theme");
        t.equal(await theme(), null, "as the system");
        const light = await paper();
        await page.locator("main button[value=dark]").click();
        await page.waitForSelector("html[data-theme=dark]");
        t.ok((await paper()) !== light, "the dark one looks like the light one");
        await page.waitForSelector("main button[value=dark][aria-pressed=true]");
        await page.goto("/ideas");
        t.equal(await theme(), "dark", "the theme of the next page");
        if (js) await t.axe(page);
        await page.goto("/theme");
        await page.locator("main button[value=auto]").click();
        await page.waitForSelector("html:not([data-theme])");
        await page.goto("/ideas");
        t.equal(await theme(), null, "the theme, forgotten");
    });
}

test("nobody is led away from here", async (t) => {
    const { email, password } = await join(t);
    for (const back of [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
    ]) {
        const page = await t.page();
        await page.goto(`/session/new?back=${encodeURIComponent(back)}`);
        await page.fill("[name=email]", email);
        await page.fill("[name=password]", password);
        await page.locator("main form [type=submit]").click();
        await page.waitForSelector("summary.menu__face");
        t.equal(new URL(page.url()).href, `${t.site.origin}/`, `after ${back}`);
    }
});

test("what is missing in the form to join is said", async (t) => {
    const page = await t.page();
    t.expect(page, /422/);
    await page.goto("/accounts/new");
    await t.valid(page);
    await page.fill("[name=name]", "Nora");
    await page.fill("[name=email]", "nora.example.org");
    await page.fill("[name=password]", "short");
    await page.evaluate(() => document.querySelector("main form").setAttribute("novalidate", ""));
    await page.locator("main form [type=submit]").click();
    await page.waitForSelector(".errors");
    t.equal(await page.inputValue("[name=name]"), "Nora", "the name stays");
    t.equal(await page.locator("[aria-invalid=true]").count(), 2, "fields that are wrong");
    await t.axe(page);
});

test("an address that is taken is not told to others", async (t) => {
    const { email } = await join(t);
    const page = await t.page();
    await page.goto("/accounts/new");
    await page.fill("[name=name]", "Mallory");
    await page.fill("[name=email]", email);
    await page.fill("[name=password]", "a password to guess with");
    await page.locator("main form [type=submit]").click();
    await page.waitForURL(/\/session\/new/);
    await page.waitForSelector(".flash >> text=If this address had no account yet");
});
