/*
 * files.test.mjs: files in texts as people put them there: dropped, pasted, chosen; with a script
 * and without.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT, test } from "./browser.mjs";

const EDITOR = "#comments > .composer .editor";
const PHOTO = readFileSync(path.join(ROOT, "src/record/fixtures/photo.jpg"));

async function openIdea(page) {
    await page.goto("/ideas?sort=votes&status=open");
    await page.locator(".rows .row__title a").first().click();
    await page.waitForSelector(`${EDITOR} textarea`);
}

/* What a drop or a paste carries. */
function carrier(page, files, text = null) {
    return page.evaluateHandle(
        ([files, text]) => {
            const data = new DataTransfer();
            for (const { name, type, bytes } of files) {
                const raw = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
                data.items.add(new File([raw], name, { type }));
            }
            if (text !== null) data.setData("text/plain", text);
            return data;
        },
        [files.map((f) => ({ ...f, bytes: Buffer.from(f.bytes).toString("base64") })), text],
    );
}

const photo = { name: "photo.jpg", type: "image/jpeg", bytes: PHOTO };
const note = (name) => ({ name, type: "text/html", bytes: `a note named ${name}` });
const typed = (page) => page.locator(`${EDITOR} textarea`).inputValue();

async function drop(page, ...files) {
    const dataTransfer = await carrier(page, files);
    await page.dispatchEvent(EDITOR, "dragover", { dataTransfer });
    await page.waitForSelector(`${EDITOR}.editor--over`);
    await page.dispatchEvent(EDITOR, "drop", { dataTransfer });
}

/* Until nothing is under way. */
async function settled(page) {
    await page.waitForFunction((editor) => {
        const list = document.querySelector(`${editor} .uploads`);
        return list.hidden && !list.children.length;
    }, EDITOR);
}

test("a picture that is dropped on a text stands in it, and shows when it is sent", async (t) => {
    const page = await t.page({ as: "customer" });
    await openIdea(page);
    await page.fill(`${EDITOR} textarea`, "Look: ");
    await drop(page, photo);
    await settled(page);
    const text = await typed(page);
    t.ok(/^Look: !\[photo\.jpg\]\(\/files\/\d+\/photo\.jpg\)\n$/.test(text), `the text: ${text}`);
    await page.click("#comments > .composer [type=submit]");
    const picture = page.locator(".comment__body img[src^='/files/']").last();
    await picture.scrollIntoViewIfNeeded();
    await page.waitForFunction((img) => img.naturalWidth > 0, await picture.elementHandle());
    t.equal(await picture.getAttribute("width"), "600", "it stands upright; its width");
    t.equal(await picture.getAttribute("loading"), "lazy", "loading");
    const guest = await t.page();
    const answer = await guest.request.get(await picture.getAttribute("src"));
    t.equal(answer.status(), 200, "whoever sees the text sees the picture");
    await t.axe(page);
});

/* upload RULE 3 */
test("several files are dropped at once; hostile names come out harmless", async (t) => {
    const page = await t.page({ as: "customer" });
    await openIdea(page);
    const names = ["a](javascript:alert(1)).html", "<img src=x onerror=alert(1)>.txt"];
    await drop(page, ...names.map(note));
    await page.locator(`${EDITOR} textarea`).press("End");
    await page.locator(`${EDITOR} textarea`).press("Control+End");
    await page.locator(`${EDITOR} textarea`).pressSequentially("typed meanwhile");
    await settled(page);
    const text = await typed(page);
    t.ok(text.endsWith("typed meanwhile"), `what was typed stays: ${text}`);
    t.equal(text.match(/\]\(\/files\/\d+\/[\w.%-]+\)/g)?.length, 2, `links in ${text}:`);
    t.ok(!/javascript:|<img/.test(text), `the text: ${text}`);
    await page.click("#comments > .composer [type=submit]");
    const link = page.locator(".comment__body a[href^='/files/']").last();
    await link.waitFor();
    const got = await page.request.get(await link.getAttribute("href"));
    t.ok(got.headers()["content-disposition"].startsWith("attachment;"), "it is only downloaded");
    t.equal(await page.locator(".comment__body img[src=x]").count(), 0, "made-up pictures:");
});

/* upload RULE 2 */
test("a picture is pasted; text stays a paste of text", async (t) => {
    const page = await t.page({ as: "customer" });
    await openIdea(page);
    const paste = async (files, text) => {
        const data = await carrier(page, files, text);
        return page.evaluate(
            ([selector, data]) => {
                const event = new ClipboardEvent("paste", {
                    clipboardData: data,
                    bubbles: true,
                    cancelable: true,
                });
                return document.querySelector(selector).dispatchEvent(event);
            },
            [`${EDITOR} textarea`, data],
        );
    };
    t.equal(await paste([photo], "words"), true, "with text, the browser pastes:");
    t.equal(await typed(page), "", "the script wrote");
    t.equal(await paste([photo]), false, "without, the script does:");
    await settled(page);
    t.ok((await typed(page)).includes("](/files/"), "the picture stands in the text");
});

/* upload RULE 1 */
test("an upload shows how far it is, and can be stopped", async (t) => {
    const page = await t.page({ as: "customer" });
    await openIdea(page);
    let seen;
    const begun = new Promise((resolve) => (seen = resolve));
    await page.route("**/files", () => seen()); /* it is never answered */
    await drop(page, note("slow.txt"));
    await begun;
    const line = page.locator(`${EDITOR} .upload`);
    t.equal(await line.locator(".upload__name").textContent(), "slow.txt", "its name");
    t.ok(await line.locator("progress").isVisible(), "a bar shows");
    t.ok((await typed(page)).includes("slow.txt"), "its place is held");
    await t.axe(page);
    await line.locator("button >> text=Stop").click();
    await settled(page);
    t.equal(await typed(page), "", "what is left in the text");
});

/* upload RULE 5 */
test("of many files a few go up at once; one that waits can be stopped", async (t) => {
    const page = await t.page({ as: "customer" });
    await openIdea(page);
    let begun = 0;
    let go;
    const held = new Promise((resolve) => (go = resolve));
    await page.route("**/files", async (route) => {
        begun++;
        await held;
        await route.continue();
    });
    await drop(page, ...["1", "2", "3", "4", "5", "6"].map((n) => note(`${n}.txt`)));
    const lines = page.locator(`${EDITOR} .upload`);
    await lines.nth(5).waitFor();
    await lines.nth(4).locator("button >> text=Stop").click();
    t.equal(await lines.count(), 5, "lines after the stop");
    t.equal(begun, 3, "begun at once");
    go();
    await settled(page);
    const names = [...(await typed(page)).matchAll(/\[(\d)\.txt\]\(\/files\//g)].map((m) => m[1]);
    t.equal(names.join(""), "12346", "what stands in the text");
});

/* upload RULE 1, upload RULE 3 */
test("what went wrong is said in words, and can be tried again", async (t) => {
    const page = await t.page({ as: "customer" });
    t.expect(page, /503|Service Unavailable/);
    await openIdea(page);
    await page.evaluate((selector) => {
        document.querySelector(selector).dataset.uploadMaxValue = 1;
    }, EDITOR);
    await drop(page, { name: "large.bin", type: "", bytes: Buffer.alloc(1024 * 1024 + 1) });
    const line = page.locator(`${EDITOR} .upload`);
    await line.locator("text=It is larger than 1 MB.").waitFor();
    t.equal(await line.locator("button >> text=Try again").isVisible(), false, "trying helps:");
    await line.locator("button >> text=Dismiss").click();
    await settled(page);
    let refusals = 0;
    await page.route("**/files", (route) =>
        refusals++
            ? route.continue()
            : route.fulfill({ status: 503, json: { detail: "Too busy." } }),
    );
    await drop(page, note("b.txt"));
    await line.locator("text=Too busy.").waitFor();
    t.equal(await typed(page), "", "what is left in the text");
    await t.axe(page);
    await line.locator("button >> text=Try again").click();
    await settled(page);
    t.ok((await typed(page)).includes("[b.txt](/files/"), "the second time it is there");
});

/* upload RULE 4 */
test("a page that is brought up to date keeps what is under way", async (t) => {
    const page = await t.page({ as: "customer" });
    await openIdea(page);
    let go;
    const held = new Promise((resolve) => (go = resolve));
    await page.route("**/files", async (route) => {
        await held;
        await route.continue();
    });
    await drop(page, note("kept.txt"));
    await page.waitForSelector(`${EDITOR} .upload`);
    await page.evaluate(() => {
        document.body.insertAdjacentHTML("beforeend", "<p id='stale'>stale</p>");
        const stream = document.createElement("turbo-stream");
        stream.setAttribute("action", "refresh");
        document.body.append(stream);
    });
    await page.waitForSelector("#stale", { state: "detached" });
    t.equal(await page.locator(`${EDITOR} .upload`).count(), 1, "lines after the morph");
    go();
    await settled(page);
    t.ok((await typed(page)).includes("[kept.txt](/files/"), "it came through");
});

test("the link chooses files; without a script it leads to a page that takes them", async (t) => {
    const page = await t.page({ as: "customer" });
    await openIdea(page);
    const [chooser] = await Promise.all([
        page.waitForEvent("filechooser"),
        page.click(`${EDITOR} .editor__files`),
    ]);
    await chooser.setFiles([{ name: "c.txt", mimeType: "text/plain", buffer: Buffer.from("c") }]);
    await settled(page);
    t.ok((await typed(page)).includes("[c.txt](/files/"), "it stands in the text");

    const plain = await t.page({ as: "customer", js: false });
    await openIdea(plain);
    const href = await plain.locator(`${EDITOR} .editor__files`).getAttribute("href");
    await plain.goto(href);
    await plain.setInputFiles("input[type=file]", [
        { name: "d.txt", mimeType: "text/plain", buffer: Buffer.from("d") },
        { name: "photo.jpg", mimeType: "image/jpeg", buffer: PHOTO },
    ]);
    await plain.click("main [type=submit]");
    await plain.waitForSelector("input[value^='![photo.jpg](/files/']");
    await plain.waitForSelector("input[value^='[d.txt](/files/']");
});

test("the page of files is sound, and fits in both widths and themes", async (t) => {
    const page = await t.page({ as: "customer" });
    await page.goto("/files/new");
    await t.axe(page);
    await t.valid(page);
    await t.screens("/files/new", "files", { as: "customer" });
});

test("a field of a file takes one at once, and shows it", async (t) => {
    const page = await t.page({ as: "administrator", width: "phone" });
    await page.goto("/types/task/fields/new?kind=file");
    await page.fill("[name=label]", "Sketch");
    await page.click("text=Save");
    await page.waitForURL("**/types/task");
    await page.goto("/tasks/new");
    await page.fill("[name=title]", "Draw it");
    await page.selectOption("[name=status]", "open");
    const sketch = page.locator(".file-choice");
    const [chooser] = await Promise.all([
        page.waitForEvent("filechooser"),
        sketch.getByText("Upload a file").click(),
    ]);
    await chooser.setFiles({ name: "sketch.jpg", mimeType: "image/jpeg", buffer: PHOTO });
    await sketch.locator("[role=status]", { hasText: "sketch.jpg" }).waitFor();
    t.equal(await sketch.locator("option:checked").innerText(), "sketch.jpg", "what is chosen");
    await t.axe(page);
    await t.valid(page);
    await page.locator("main form.form button[type=submit]").first().click();
    await page.waitForURL(/\/tasks\/\d+/);
    await page.getByRole("link", { name: /sketch\.jpg/ }).waitFor();
    await t.axe(page);
    await t.valid(page);
});
