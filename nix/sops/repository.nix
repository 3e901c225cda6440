# What a repository of `hostseal` or `clan secrets` holds for one machine: its secrets and its vars, found by the
# links `machines/<machine>` and `groups/<group>` beside each encrypted file.
{ lib }:
{ path, machine }:
let
  # A plain path: one that comes as a string, as a flake does, cannot be extended by names otherwise.
  root = /. + builtins.unsafeDiscardStringContext (toString path);

  entries = directory: lib.optionalAttrs (builtins.pathExists directory) (builtins.readDir directory);
  directories =
    directory:
    lib.attrNames (
      lib.filterAttrs (name: kind: kind == "directory" && !lib.hasPrefix "." name) (entries directory)
    );

  # Links are found by name in their directory: whether they lead anywhere is the second question.
  has =
    directory: kind: name:
    (entries (directory + "/${kind}")) ? ${name};
  leads =
    directory: kind: name:
    builtins.pathExists (directory + "/${kind}/${name}");

  groups = lib.filter (group: leads (root + "/sops/groups/${group}") "machines" machine) (
    directories (root + "/sops/groups")
  );
  groupsOf = directory: lib.filter (has directory "groups") groups;
  mine = item: has item.directory "machines" machine || groupsOf item.directory != [ ];

  secrets = map (name: {
    inherit name;
    directory = root + "/sops/secrets/${name}";
    shown = "sops/secrets/${name}";
    storeName = lib.strings.sanitizeDerivationName name;
  }) (directories (root + "/sops/secrets"));

  # A var is `<scope>/<generator>/<file>`, where the scope is `shared` or `per-machine/<machine>`, and
  # `per-export/<key>` for what one machine makes for another.
  scopes = [
    "shared"
    "per-machine/${machine}"
  ]
  ++ map (key: "per-export/${key}") (directories (root + "/vars/per-export"));
  vars = lib.concatMap (
    scope:
    lib.concatMap (
      generator:
      map (
        file:
        let
          name = "${scope}/${generator}/${file}";
        in
        {
          name = "vars/${name}";
          directory = root + "/vars/${name}";
          shown = "vars/${name}";
          storeName = lib.strings.sanitizeDerivationName "${scope}/${generator}_${file}";
        }
      ) (directories (root + "/vars/${scope}/${generator}"))
    ) (directories (root + "/vars/${scope}"))
  ) scopes;

  found = lib.filter mine (secrets ++ vars);
  whole = lib.filter (item: builtins.pathExists (item.directory + "/secret")) found;

  # The public keys of the machine, as they stand in sops files: without the comment of an SSH key.
  keyFile = root + "/sops/machines/${machine}/key.json";
  recipients = map (key: lib.concatStringsSep " " (lib.take 2 (lib.splitString " " key.publickey))) (
    lib.filter (key: key.type == "age") (lib.toList (lib.importJSON keyFile))
  );
  addressed =
    item:
    let
      text = builtins.readFile (item.directory + "/secret");
    in
    lib.any (recipient: lib.hasInfix recipient text) recipients;
in
{
  inherit groups;

  # No key.json is no mistake while nothing is addressed to the machine.
  recipients = lib.optionals (builtins.pathExists keyFile) recipients;

  # One store path for each file: a changed secret leaves the paths of the others as they are.
  secrets = lib.listToAttrs (
    map (
      item:
      lib.nameValuePair item.name {
        sopsFile = builtins.path {
          name = item.storeName;
          path = item.directory + "/secret";
        };
        format = "binary";
      }
    ) whole
  );

  problems =
    lib.optional (found != [ ] && !builtins.pathExists keyFile) ''
      sops/machines/${machine}/key.json does not exist, but secrets are addressed to the machine "${machine}".
      Run: hostseal machines add ${machine} <age key>
      Or name the machine as the repository does: sops.repository.machine = "…";
    ''
    ++ lib.concatMap (
      item:
      lib.optional (has item.directory "machines" machine && !leads item.directory "machines" machine) ''
        ${item.shown}/machines/${machine} leads nowhere: the repository has no machine "${machine}".
        Run: hostseal machines add ${machine} <age key>
      ''
      ++ lib.optional (!builtins.pathExists (item.directory + "/secret")) ''
        ${item.shown}/secret does not exist, but the secret is addressed to the machine "${machine}".
        Run: hostseal secrets set ${item.name}
      ''
      ++
        lib.optional
          (
            builtins.pathExists (item.directory + "/secret")
            && builtins.pathExists keyFile
            && recipients != [ ]
            && !addressed item
          )
          ''
            ${item.shown}/secret is not encrypted for the machine "${machine}" (${lib.concatStringsSep ", " recipients}),
            although ${item.shown} links to it${
              lib.optionalString (groupsOf item.directory != [ ])
                " through ${lib.concatMapStringsSep ", " (group: "groups/${group}") (groupsOf item.directory)}"
            }.
            Run: hostseal machines add-secret ${machine} ${item.name}
          ''
    ) found;

  # Whoever has a machine's private key can read all that is addressed to it.
  warnings = lib.concatMap (
    item:
    let
      other = lib.removeSuffix "-age.key" item.name;
    in
    lib.optional
      (lib.hasSuffix "-age.key" item.name && builtins.pathExists (root + "/sops/machines/${other}"))
      ''
        sops.repository: ${item.shown} is the private key of the machine "${other}", and "${machine}" can read it.
        Run: hostseal machines remove-secret ${machine} ${item.name}
      ''
  ) found;
}
