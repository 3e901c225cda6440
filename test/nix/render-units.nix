# Units as the text that NixOS writes for systemd, and the links beside them.
{ lib }:
let
  value =
    x:
    if x == true then
      "true"
    else if x == false then
      "false"
    else
      toString x;
  section =
    settings:
    lib.concatStrings (
      lib.concatLists (
        lib.mapAttrsToList (name: x: map (one: "${name}=${value one}\n") (lib.toList x)) settings
      )
    );
  named = name: list: lib.optionalAttrs (list != [ ]) { ${name} = toString list; };

  head = unit: ''
    [Unit]
    ${section (
      lib.optionalAttrs (unit.description != "") { Description = unit.description; }
      // named "Wants" unit.wants
      // named "Requires" unit.requires
      // named "After" unit.after
      // named "Before" unit.before
      // named "Conflicts" unit.conflicts
      // unit.unitConfig
    )}'';

  # The name of the unit for a path, as systemd-escape writes it; the characters that our paths have.
  escape = path: lib.replaceStrings [ "-" "/" ] [ "\\x2d" "-" ] (lib.removePrefix "/" path);

  service = unit: ''
    ${head unit}
    [Service]
    ${
      lib.concatStrings (
        lib.mapAttrsToList (name: text: "Environment=${builtins.toJSON "${name}=${text}"}\n") (
          lib.filterAttrs (_: text: text != null) unit.environment
        )
      )
    }${section unit.serviceConfig}'';

  mount = unit: ''
    ${head unit}
    [Mount]
    ${section {
      What = unit.what;
      Where = unit.where;
      Type = unit.type;
      Options = unit.options;
    }}'';

  link =
    name: kind: targets:
    map (target: {
      inherit name;
      directory = "${target}.${kind}";
    }) targets;
in
systemd:
let
  units =
    lib.mapAttrs' (
      name: unit: lib.nameValuePair "${name}.service" (unit // { text = service unit; })
    ) systemd.services
    // lib.mapAttrs' (
      name: unit: lib.nameValuePair "${name}.target" (unit // { text = head unit; })
    ) systemd.targets
    // lib.listToAttrs (
      map (
        unit: lib.nameValuePair "${escape unit.where}.mount" (unit // { text = mount unit; })
      ) systemd.mounts
    );
in
{
  texts = lib.mapAttrs (_: unit: unit.text) units;
  links = lib.concatLists (
    lib.mapAttrsToList (
      name: unit: link name "wants" unit.wantedBy ++ link name "requires" unit.requiredBy
    ) units
  );
}
