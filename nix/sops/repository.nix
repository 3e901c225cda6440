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

  # A link counts by its name; where it leads is the second question. A path that ends in a link exists for Nix even
  # if the link leads nowhere, so that is asked of what lies behind it.
  has =
    directory: kind: name:
    (entries (directory + "/${kind}")) ? ${name};
  leads = directory: builtins.pathExists (directory + "/machines/${machine}/key.json");

  groups = lib.filter (group: has (root + "/sops/groups/${group}") "machines" machine) (
    directories (root + "/sops/groups")
  );
  groupsOf = directory: lib.filter (has directory "groups") groups;
  mine = item: has item.directory "machines" machine || groupsOf item.directory != [ ];

  secrets = map (name: {
    inherit name;
    directory = root + "/sops/secrets/${name}";
    shown = "sops/secrets/${name}";
    make = "hostseal secrets set ${name}";
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
          make = "clan vars generate ${machine}";
          storeName = lib.strings.sanitizeDerivationName "${scope}/${generator}_${file}";
        }
      ) (directories (root + "/vars/${scope}/${generator}"))
    ) (directories (root + "/vars/${scope}"))
  ) scopes;

  found = lib.filter mine (secrets ++ vars);
  encrypted = item: builtins.pathExists (item.directory + "/secret");
  whole = lib.filter encrypted found;
  through =
    item:
    lib.optionalString (groupsOf item.directory != [ ])
      " through ${lib.concatMapStringsSep ", " (group: "groups/${group}") (groupsOf item.directory)}";

  # The public keys of the machine, as they stand in sops files: without the comment of an SSH key.
  keyFile = root + "/sops/machines/${machine}/key.json";
  known = builtins.pathExists keyFile;
  recipients = map (key: lib.concatStringsSep " " (lib.take 2 (lib.splitString " " key.publickey))) (
    lib.filter (key: key.type == "age") (lib.toList (lib.importJSON keyFile))
  );
  contains = import ./contains.nix;
  addressed =
    item:
    let
      text = builtins.readFile (item.directory + "/secret");
    in
    lib.any (recipient: contains recipient text) recipients;
in
{
  inherit groups;

  # No key.json is no mistake while nothing is addressed to the machine.
  recipients = lib.optionals known recipients;

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
        place = item.shown;
      }
    ) whole
  );

  problems =
    lib.optional (found != [ ] && !known) ''
      sops/machines/${machine}/key.json does not exist, but secrets are addressed to the machine "${machine}": ${
        lib.concatMapStringsSep ", " (item: item.name) found
      }.
      Run: hostseal machines add ${machine} <age key>
      Or name the machine as the repository does: sops.repository.machine = "…";
    ''
    ++ lib.concatMap (
      item:
      lib.optional (has item.directory "machines" machine && known && !leads item.directory) ''
        ${item.shown}/machines/${machine} leads nowhere. Remove the link.
        Run: hostseal machines add-secret ${machine} ${item.name}
      ''
      ++ lib.optional (!encrypted item) ''
        ${item.shown}/secret does not exist, but the secret is addressed to the machine "${machine}".
        Run: ${item.make}
      ''
      ++ lib.optional (encrypted item && known && recipients != [ ] && !addressed item) ''
        ${item.shown}/secret is not encrypted for the machine "${machine}" (${lib.concatStringsSep ", " recipients}),
        although ${item.shown} links to it${through item}.
        Run: hostseal key update
      ''
    ) found;

  warnings =
    # A machine may have no secrets; but a name that is mistyped looks the same.
    lib.optional (found == [ ] && !known) ''
      sops.repository: nothing is addressed to the machine "${machine}", and there is no sops/machines/${machine}/key.json.
      Run: hostseal machines add ${machine} <age key>
      Or name the machine as the repository does: sops.repository.machine = "…";
    ''
    # Whoever has a machine's private key can read all that is addressed to it.
    ++ lib.concatMap (
      item:
      let
        other = lib.removeSuffix "-age.key" item.name;
      in
      lib.optional
        # Its own opens nothing that it could not open.
        (lib.hasSuffix "-age.key" item.name && other != machine && builtins.pathExists (root + "/sops/machines/${other}"))
        ''
          sops.repository: ${item.shown} is the private key of the machine "${other}", and "${machine}" can read it.
          Run: hostseal machines remove-secret ${machine} ${item.name}
        ''
    ) found;
}
