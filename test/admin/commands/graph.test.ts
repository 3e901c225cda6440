// graph as whole command lines on a repository of real files, in real git.

import { execFileSync, spawn } from "node:child_process"
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { dirname, join } from "node:path"
import process from "node:process"
import { expect, test } from "vitest"
import { printDebts } from "../../../agent/repo/debt.ts"
import { bob, commit, folder, git, link, main, put, run, runWith } from "../history-scene.ts"

test("graph says when it is too large for Mermaid", () => {
    for (let index = 0; index < 260; index++) {
        put(`sops/secrets/s${index}/secret`, "{}")
        for (const name of ["alice", "bob"])
            link(`sops/secrets/s${index}/users/${name}`, `../../../users/${name}`)
    }
    const { stdout, stderr } = run("graph")
    expect(stdout.split(" --> ").length).toBeGreaterThan(501)
    expect(stderr).toMatch(/^warning: Mermaid refuses to draw that many lines.*--format html/u)
    expect(run("graph", "--format", "html").stderr).toBe("")
    rmSync(join(folder, "sops/secrets"), { recursive: true })
    expect(run("graph").stderr).toBe("")
})

test("graph: Mermaid, JSON, and a page", () => {
    expect(run("graph").stdout).toMatch(/^flowchart LR\n/u)
    expect(JSON.parse(run("graph", "--json").stdout)).toMatchObject({
        version: 1,
        groups: [{ name: "admins" }],
    })
    run("graph", "--format", "html", "--output", "map.html", "--at", "HEAD")
    expect(readFileSync(join(folder, "map.html"), "utf8")).toMatch(/^<!doctype html>/u)
    expect(run("graph", "--format", "svg").status).toBe(2)
})

test("graph: the page says since when, what is owed, what is wrong, and what has changed", () => {
    git("tag", "v1")
    rmSync(join(folder, "sops/groups/admins/users/bob"))
    put(
        "sops/secrets/wifi/debt.json",
        printDebts([
            { lost: "user:bob", since: null, at: "2026-01-01T00:00:00Z", recipients: [bob.recipient] },
        ]),
    )
    commit("take bob out")
    const chart = (...args: string[]): unknown =>
        JSON.parse(
            /<script id="chart" type="application\/json">(.*?)<\/script>/su.exec(
                run("graph", "--format", "html", ...args).stdout,
            )?.[1] ?? "",
        )
    expect(chart("--since", "v1")).toMatchObject({
        comparedWith: "v1",
        groups: [{ name: "admins", members: [0], since: [expect.stringMatching(/^20\d\d-.*Z$/u)] }],
        secrets: [
            {
                path: "sops/secrets/wifi",
                lost: [1],
                since: [expect.any(String), expect.any(String)],
                marks: [
                    { kind: "owed", text: expect.stringContaining("user bob could read its value until") },
                    { kind: "wrong", text: expect.stringContaining("bob") },
                ],
            },
            { path: "vars/shared/ca/key" },
        ],
    })
    put("sops/secrets/wifi/debt.json", "<<<<<<< HEAD")
    expect(chart()).toMatchObject({ comparedWith: null })
})

/** A PATH with git, and without a program that opens pages. */
const onlyGit = (): string => {
    const program = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim()
    mkdirSync(join(folder, "bin"))
    symlinkSync(program, join(folder, "bin/git"))
    return join(folder, "bin")
}

test("graph: a browser is given a file that nobody else reads", () => {
    put("browser", '#!/bin/sh\nstat -c "%a %n" "$1" > "$HOME/opened"\n')
    chmodSync(join(folder, "browser"), 0o755)
    const { status, stderr } = runWith({ BROWSER: join(folder, "browser"), HOME: folder }, "graph", "--open")
    expect(status, stderr).toBe(0)
    const [mode, file = ""] = readFileSync(join(folder, "opened"), "utf8").trim().split(" ")
    expect(mode).toBe("600")
    expect(readFileSync(file, "utf8")).toContain("who can read what")
    rmSync(dirname(file), { recursive: true })
    expect(runWith({ BROWSER: "", PATH: onlyGit() }, "graph", "--open").stderr).toContain(
        "open it yourself: ",
    )
    expect(run("graph", "--open", "--output", "x").status).toBe(2)
    expect(run("graph", "--since", "HEAD").status).toBe(2)
})

test("graph: a map is served until the program is ended", async () => {
    const child = spawn(process.execPath, [main, "graph", "--serve", "--flake", folder], {
        env: { PATH: process.env["PATH"] },
    })
    const url = await new Promise<string>((resolve) => {
        child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()))
    })
    expect(await (await fetch(url)).text()).toContain("who can read what")
    const ended = new Promise((resolve) => {
        child.once("close", resolve)
    })
    child.kill("SIGTERM")
    expect(await ended).toBe(0)
})
