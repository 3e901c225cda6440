# What is refused while a configuration is evaluated. Each text names the secret and the line to write.
{
  config,
  options,
  lib,
  hostsealPhases,
  hostsealTiming,
  ...
}:
let
  cfg = config.sops;
  phases = hostsealPhases;
  inherit (phases) regular users;
  active = regular.active || users.active;
  option = kind: name: "sops.${kind}.${lib.strings.escapeNixIdentifier name}";

  refuse = message: {
    assertion = false;
    inherit message;
  };
  forEach = entries: check: lib.concatLists (lib.mapAttrsToList check entries);
  unless = condition: message: lib.optional (!condition) (refuse message);

  sysusers = options.systemd ? sysusers && config.systemd.sysusers.enable;
  timing = hostsealTiming;

  # Who owns a file: by name or by number, and by a name that exists.
  owners =
    kind: name: entry:
    unless (entry.owner == null || entry.uid == null || entry.uid == 0) ''
      ${bothSet kind name "owner" "uid"}
      Write: ${option kind name}.uid = 0;  (the owner is "${entry.owner}")
    ''
    ++ unless (entry.group == null || entry.gid == null || entry.gid == 0) ''
      ${bothSet kind name "group" "gid"}
      Write: ${option kind name}.gid = 0;  (the group is "${entry.group}")
    ''
    ++ unless (entry.owner == null || entry.group != null || known config.users.users entry.owner) ''
      ${option kind name}.owner is "${entry.owner}", and no such user is declared, so the group is not known either.
      Write: users.users.${lib.strings.escapeNixIdentifier entry.owner} = { … };
      Or, for a user that comes from elsewhere: ${option kind name}.group = "…";
    '';
  # The words of sops-nix, which people search for.
  bothSet =
    kind: name: byName: byNumber:
    if kind == "secrets" then
      "In ${name} exactly one of sops.${byName} and sops.${byNumber} must be set"
    else
      "Assertion failed for `sops.templates.${name}`: Both `${byName}` and `${byNumber}` cannot be defined at the same time. Use either `${byName}` or leave `${byNumber}` as 0.";
  known = declared: name: declared ? ${name} || builtins.match "[0-9]+" name != null;

  # Nobody but root exists when these are installed. A name is a warning.
  notRoot =
    kind: name: entry:
    let
      wrong = foreign entry [
        "uid"
        "gid"
      ];
    in
    unless (wrong == "") ''
      neededForUsers cannot be used for secrets that are not root-owned, and ${option kind name} has ${wrong}.
      Remove that, or write: ${option kind name}.neededForUsers = false;
    '';
  foreign = import ./foreign-owner.nix { inherit lib; };

  contains = import ../sops/contains.nix;
  # A template gets its values from the secrets that are installed with it.
  strangers =
    {
      phase,
      other,
      write,
    }:
    forEach phase.templates (
      name: template:
      lib.concatLists (
        lib.mapAttrsToList (
          secret: _:
          unless (
            # As it is, or with the name of a filter before the end.
            !contains (lib.removeSuffix ">" (toString cfg.placeholder.${secret})) template.content
          ) ''
            ${option "templates" name} uses the secret "${secret}", which is installed at another time.
            Write: ${write name}
            Or give it a secret of its own, with the same sopsFile and key.
          ''
        ) (lib.filterAttrs (secret: _: cfg.placeholder ? ${secret}) other.secrets)
      )
    );
in
{
  config.assertions = lib.mkIf active (
    import ./assertions-keys.nix {
      inherit
        config
        lib
        cfg
        phases
        timing
        ;
    }
    ++ forEach cfg.secrets (owners "secrets")
    ++ forEach cfg.templates (owners "templates")
    ++ forEach users.secrets (notRoot "secrets")
    ++ forEach users.templates (notRoot "templates")
    ++ lib.concatMap (
      phase:
      map refuse
        (import ../sops/file-names.nix { inherit lib; } { inherit (phase) secrets templates; }).refusals
    ) [
      phases.regular
      phases.users
    ]
    ++ strangers {
      phase = regular;
      other = users;
      write = name: "${option "templates" name}.neededForUsers = true;";
    }
    ++ strangers {
      phase = users;
      other = regular;
      write = name: "${option "templates" name}.neededForUsers = false;";
    }
    ++ unless (users.active && sysusers -> config.users.mutableUsers) ''
      systemd.sysusers.enable in combination with sops.secrets.<name>.neededForUsers can only work with config.users.mutableUsers enabled.
      Write: users.mutableUsers = true;  (for ${lib.concatStringsSep ", " (lib.attrNames users.secrets)})
    ''
  );
}
