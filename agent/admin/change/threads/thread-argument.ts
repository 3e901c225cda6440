/** The private first argument by which a thread of ours runs `runThread` and nothing else. */
export const threadArgument = "--thread"
