import { expect, test } from "vitest"
import { SopsError } from "../../agent/sops/error.ts"
import { checkComment, selectionOf } from "../../agent/sops/selection.ts"

test("only a rule that keeps what comments match in the clear refuses an encrypted comment that matches", () => {
    const check = (option: Parameters<typeof selectionOf>[0]["option"], text: string) => () => {
        checkComment(selectionOf({ option, pattern: "CANARY" }), text)
    }
    expect(check("unencrypted_comment_regex", "a CANARY")).toThrow(SopsError)
    expect(check("unencrypted_comment_regex", "other")).not.toThrow()
    expect(check("encrypted_comment_regex", "a CANARY")).not.toThrow()
    expect(check("unencrypted_regex", "a CANARY")).not.toThrow()
})
