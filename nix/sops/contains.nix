# Whether `part` occurs in `text`. Not `lib.hasInfix`: a regular expression runs out of stack on a text of 200 KiB.
part: text:
part != "" && builtins.replaceStrings [ part ] [ "" ] text != text
