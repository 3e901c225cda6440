// Words that other programs use for what this one does: they lead to the right one, and never mean it by themselves.

const ofPrograms: Readonly<Record<string, string>> = {
    add: "set",
    cat: "get",
    cp: "copy",
    create: "set",
    decrypt: "get",
    del: "remove",
    delete: "remove",
    encrypt: "set",
    exec: "run",
    "exec-env": "run",
    "exec-file": "run --files",
    history: "log",
    import: "import-sops",
    init: "key generate",
    insert: "set",
    keygen: "key generate",
    ls: "list",
    mv: "rename",
    new: "set",
    print: "get",
    put: "set",
    read: "get",
    rekey: "key update",
    reencrypt: "key update",
    revert: "undo",
    rm: "remove",
    share: "grant",
    show: "get",
    unshare: "revoke",
    updatekeys: "key update",
    view: "get",
    whoami: "status",
    write: "set",
}

const ofNouns: Readonly<Record<string, string>> = {
    create: "add",
    del: "remove",
    delete: "remove",
    ls: "list",
    mv: "rename",
    new: "add",
    rm: "remove",
    show: "get",
}

/** What is meant by a word that is no command; with `noun`, by one that is none of its verbs. */
export function meaning(word: string, noun?: string): string | undefined {
    const known = noun === undefined ? ofPrograms : ofNouns
    return Object.hasOwn(known, word) ? known[word] : undefined
}
