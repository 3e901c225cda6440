# Names of files that cannot stand beside each other in one generation, and names that are no names. Each problem
# is a text that says what to write.
{ lib }:
{
  # Attribute sets of secrets and templates with a `name`.
  secrets,
  templates,
}:
let
  option = kind: attribute: "sops.${kind}.${lib.strings.escapeNixIdentifier attribute}.name";

  # Where a file lies below the directory of the generation, and the option that says so.
  files =
    lib.mapAttrsToList (attribute: secret: {
      path = secret.name;
      option = option "secrets" attribute;
    }) secrets
    ++ lib.mapAttrsToList (attribute: template: {
      path = "rendered/${template.name}";
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
    ${lib.concatMapStringsSep " and " (file: file.option) same} name the same file "${path}".
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

  valid =
    path:
    lib.all (
      segment: segment != "" && segment != "." && segment != ".." && lib.stringLength segment <= 255
    ) (lib.splitString "/" path)
    && builtins.match ".*[[:cntrl:]].*" path == null;
  invalid = lib.concatMap (
    file:
    lib.optional (!valid file.path) ''
      ${file.option} ${builtins.toJSON file.path} is not the name of a file: it must be relative, without "." and "..".
      Write: ${file.option} = "a-name/of-a-file";
    ''
  ) files;
in
twice ++ inside ++ invalid
