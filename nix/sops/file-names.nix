# Names of files that cannot stand beside each other in one generation, and names that are no names, as `refusals`; names
# that are something else than they look like, as `warnings`. Each text says what to write.
{ lib }:
{
  # Attribute sets of secrets and templates with a `name`.
  secrets,
  templates,
}:
let
  option = kind: attribute: "sops.${kind}.${lib.strings.escapeNixIdentifier attribute}.name";

  # A path without empty parts, "." and "..", but for ".." that leave the directory.
  tidy =
    path:
    lib.concatStringsSep "/" (
      lib.foldl' (
        kept: part:
        if part == "" || part == "." then
          kept
        else if part == ".." && kept != [ ] && lib.last kept != ".." then
          lib.init kept
        else
          kept ++ [ part ]
      ) [ ] (lib.splitString "/" path)
    );

  # Where a file lies below the directory of the generation, and the option that says so.
  files =
    lib.mapAttrsToList (attribute: secret: {
      path = tidy secret.name;
      written = secret.name;
      option = option "secrets" attribute;
    }) secrets
    ++ lib.mapAttrsToList (attribute: template: {
      path = tidy "rendered/${template.name}";
      written = "rendered/${template.name}";
      option = option "templates" attribute;
    }) templates;

  byPath = lib.groupBy (file: file.path) files;
  parents =
    path:
    let
      segments = lib.splitString "/" path;
    in
    lib.genList (length: lib.concatStringsSep "/" (lib.take (length + 1) segments)) (
      lib.length segments - 1
    );

  twice = lib.mapAttrsToList (path: same: ''
    ${lib.concatMapStringsSep " and " (file: file.option) same} name the same file "${path}", and the last one is installed.
    Write: ${(lib.last same).option} = "another-name";
  '') (lib.filterAttrs (_: same: lib.length same > 1) byPath);

  inside = lib.concatMap (
    file:
    map (parent: ''
      ${file.option} "${file.path}" lies inside "${parent}", which is a file itself (${
        (lib.head byPath.${parent}).option
      }).
      Write: ${(lib.head byPath.${parent}).option} = "${parent}/value";
    '') (lib.filter (parent: byPath ? ${parent}) (parents file.path))
  ) files;

  isOutside = file: file.path == "" || lib.head (lib.splitString "/" file.path) == "..";
  invalid = map (file: ''
    ${file.option} ${builtins.toJSON file.written} is not the name of a file below the directory of the secrets.
    Write: ${file.option} = "a-name/of-a-file";
  '') (lib.filter isOutside files);
  untidy = map (file: ''
    ${file.option} ${builtins.toJSON file.written} is installed as "${file.path}".
    Write: ${file.option} = "${lib.removePrefix "rendered/" file.path}";
  '') (lib.filter (file: file.path != file.written && !isOutside file) files);
in
{
  refusals = inside ++ invalid;
  warnings = twice ++ untidy;
}
