/*
 * imports.test.mjs: an administrator uploads a dump in the browser, sees it come in, and takes it
 * back; what it cannot be is said where it was chosen.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ROOT, test } from "./browser.mjs";

const DIR = mkdtempSync(path.join(tmpdir(), "skep-imports."));
process.on("exit", () => rmSync(DIR, { recursive: true, force: true }));
const ARCHIVE = path.join(DIR, "tea.example.org.7z");
execFileSync("bsdtar", ["--format", "7zip", "-cf", ARCHIVE, "tea"], {
    cwd: path.join(ROOT, "src/features/imports/fixtures"),
});

for (const js of [true, false])
    test(`a dump is uploaded ${js ? "with" : "without"} a script`, async (t) => {
        const page = await t.page({ as: "administrator", js });
        const upload = page.locator("form[action='/imports/archives']");
        await page.goto("/imports");
        await upload.locator("[name=space]").fill("Tea room");
        await upload.locator("[name=file]").setInputFiles(ARCHIVE);
        await upload.locator("[type=submit]").click();
        await page.waitForSelector("text=The import begins.");
        for (let i = 0; i < 100 && !(await page.locator("text=tea.example.org").count()); i++) {
            await page.waitForTimeout(100); /* bounded: PATIENCE of a page is longer */
            await page.goto("/imports");
        }
        await page.locator("summary:has-text('Report')").first().click();
        await page.waitForSelector("text=All counts of the source come out");
        if (js) await t.axe(page);
        await t.valid(page);
    });

test("what is no dump is told where it was chosen", async (t) => {
    const page = await t.page({ as: "administrator", width: "phone" });
    t.expect(page, /422/);
    const upload = page.locator("form[action='/imports/archives']");
    await page.goto("/imports");
    await upload.locator("[name=space]").fill("Tea room");
    await upload
        .locator("[name=file]")
        .setInputFiles({ name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.from("x") });
    await upload.locator("[type=submit]").click();
    await page.waitForSelector(".errors >> text=neither an archive");
    await t.axe(page);
    await t.fits(page);
});
