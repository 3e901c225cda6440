# What stands in a template for a value that is written for a reader: `config.sops.placeholderAs.json.token`. A filter
# that there is not is a missing attribute.
{ lib }:
placeholder:
lib.genAttrs
  [
    "json"
    "yaml"
    "systemd"
    "shell"
    "base64"
    "trimmed"
    "line"
  ]
  (
    filter:
    lib.mapAttrs (
      _: text: lib.replaceStrings [ ":PLACEHOLDER>" ] [ ":PLACEHOLDER:${filter}>" ] (toString text)
    ) placeholder
  )
