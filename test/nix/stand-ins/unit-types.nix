# The types of what is in a unit, as NixOS has them: they say no where it does.
{ lib }:
let
  inherit (lib) types;
  kinds = "service|socket|device|mount|automount|swap|target|path|timer|scope|slice";

  value = types.oneOf [
    types.bool
    types.int
    types.float
    types.str
    types.path
    types.package
  ];
  isOne = x: lib.any (type: type.check x) [ value ];

  # A setting is a value or a list of them. Lists of several modules are one list, and so are lists and values; the same
  # value twice is no conflict, another one is.
  setting = lib.mkOptionType {
    name = "systemd option";
    check = x: if lib.isList x then lib.all isOne x else isOne x;
    merge =
      place: definitions:
      if lib.any (one: lib.isList one.value) definitions then
        lib.concatMap (one: lib.toList one.value) definitions
      else
        lib.mergeEqualOption place definitions;
  };

  # What NixOS asserts of some settings.
  known = {
    Type = [
      "exec"
      "simple"
      "forking"
      "oneshot"
      "dbus"
      "notify"
      "notify-reload"
      "idle"
    ];
    Restart = [
      "no"
      "on-success"
      "on-failure"
      "on-abnormal"
      "on-abort"
      "on-watchdog"
      "always"
    ];
  };
  checked =
    settings:
    lib.mapAttrs (
      name: x:
      if known ? ${name} && !lib.elem x known.${name} then
        throw "${name} = ${builtins.toJSON x} is none of ${toString known.${name}}"
      else
        x
    ) settings;
in
{
  unitNames = types.listOf (types.strMatching "[a-zA-Z0-9@%:_.\\\\-]+[.](${kinds})");
  unitSettings = (types.attrsOf setting) // {
    merge = place: definitions: checked ((types.attrsOf setting).merge place definitions);
  };
}
