# What may be right and probably is not.
{
  config,
  lib,
  hostsealPhases,
  hostsealTiming,
  ...
}:
let
  cfg = config.sops;
  phases = hostsealPhases;
  option = kind: name: "sops.${kind}.${lib.strings.escapeNixIdentifier name}";

  # A template of units, as foo@.service, stands for all of its instances.
  declared =
    unit:
    let
      instance = builtins.match "([^@]+@)[^@]+(\\.[a-z]+)" unit;
    in
    config.systemd.units ? ${unit}
    || instance != null && config.systemd.units ? ${lib.concatStrings instance};
  suggestion =
    unit:
    if config.systemd.units ? "${unit}.service" then
      "Write: \"${unit}.service\""
    else
      "It is one of another package, or a mistake.";
  unknownUnits =
    kind: name: entry:
    lib.concatMap
      (
        field:
        map (unit: ''
          ${option kind name}.${field} names "${unit}", which is no unit of this configuration.
          ${suggestion unit}
        '') (lib.filter (unit: !declared unit) entry.${field})
      )
      [
        "restartUnits"
        "reloadUnits"
      ];

  # A user of a directory service is not declared; a user of a module that is off is neither.
  unknownOwners =
    kind: name: entry:
    let
      known = accounts: id: id == null || accounts ? ${id} || builtins.match "[0-9]+" id != null;
    in
    lib.optional (entry.group != null && !known config.users.users entry.owner) ''
      ${option kind name}.owner is "${entry.owner}", and no such user is declared.
      If there is none when secrets are installed, this one is not.
    ''
    ++ lib.optional (!known config.users.groups entry.group) ''
      ${option kind name}.group is "${entry.group}", and no such group is declared.
      If there is none when secrets are installed, this one is not.
    '';

  forEach = entries: check: lib.concatLists (lib.mapAttrsToList check entries);
  timing = hostsealTiming;
  keys = import ./keys.nix { inherit lib cfg; };
  order = import ./order.nix {
    inherit
      config
      lib
      cfg
      timing
      ;
    inherit (phases) regular;
  };
  lateKeys = import ./late-keys.nix {
    inherit
      config
      lib
      cfg
      phases
      timing
      ;
  };
  # Services that put keys into their places, which only a unit can wait for.
  bringers = lib.optionals lateKeys.byScript (
    (import ./early.nix { inherit config lib cfg; }).bringers keys.identities
  );
  contains = import ../sops/contains.nix;
  foreign = import ./foreign-owner.nix { inherit lib; };

  # These run before any unit, and have the secrets of the last system or none at all.
  tooEarly = lib.filter (
    name:
    !lib.elem name [
      "script"
      "setupSecrets"
      "setupSecretsForUsers"
    ]
    && (
      let
        script = config.system.activationScripts.${name};
      in
      contains "/run/secrets/" (if lib.isString script then script else script.text or "")
    )
  ) (lib.attrNames config.system.activationScripts);
  byUnit = phases.regular.active && timing.byUnit.regular;
in
{
  config.warnings = lib.mkIf (phases.regular.active || phases.users.active) (
    lib.concatMap (
      phase: import ../sops/entry-warnings.nix { inherit lib; } { inherit (phase) secrets templates; }
    ) [
      phases.regular
      phases.users
    ]
    ++ forEach cfg.secrets (unknownUnits "secrets")
    ++ forEach cfg.templates (unknownUnits "templates")
    ++ forEach phases.regular.secrets (unknownOwners "secrets")
    ++ forEach phases.regular.templates (unknownOwners "templates")
    ++ forEach phases.users.secrets (
      name: secret:
      let
        wrong = foreign secret [
          "owner"
          "group"
        ];
      in
      lib.optional (wrong != "") ''
        ${option "secrets" name} is neededForUsers and has ${wrong}. It belongs to root all the same: nobody else is there
        when it is installed. Remove that, or write: ${option "secrets" name}.neededForUsers = false;
      ''
    )
    ++ map (path: ''
      sops.age.sshKeyPaths names ${path}, which is the secret "${(keys.secretAt path).name}". At boot it is not there yet, and
      what only that key can open is not installed.
    '') (lib.filter (path: keys.secretAt path != null && !keys.isNeeded path) keys.age)
    ++ lib.optional (lateKeys.late != [ ] && lateKeys.byScript && !lateKeys.isFatal) ''
      ${lateKeys.whose} cannot wait for ${lib.concatStringsSep ", " lateKeys.late}, on a file system that is mounted later: what
      only that key can open is not installed at boot.
      ${lateKeys.write}
    ''
    ++ map (unit: ''
      ${unit} puts a key into its place, and the script that installs secrets runs before any unit: what only that key can
      open is not installed at boot. Name the key where it lies on the disk, in sops.age.sshKeyPaths or sops.age.keyFile.
    '') bringers
    ++ lib.optional (cfg.age.generateKey && cfg.age.keyFile == null) ''
      sops.age.generateKey does not say where the key goes, so none is generated.
      Write: sops.age.keyFile = "/var/lib/sops-nix/key.txt";
    ''
    ++ map (name: ''
      system.activationScripts.${lib.strings.escapeNixIdentifier name} reads a secret, and units install the secrets after all such scripts.
      Write: ${
        lib.optionalString timing.isFree ''
          system.activationScripts.${lib.strings.escapeNixIdentifier name}.deps = [ "setupSecrets" ];
          Or: ''
      }sops.useSystemdActivation = false;
    '') (lib.optionals byUnit tooEarly)
    ++ lib.optional (byUnit && timing.late != [ ]) ''
      sops-install-secrets.service comes after ${lib.concatStringsSep ", " timing.late}, and so after sysinit.target. Services
      may start without their secrets. Write for each that has some: systemd.services.<name>.after = [ "sops-secrets.target" ];
    ''
    ++ import ../sops/unsafe-keys.nix { inherit lib cfg; } {
      inHome = true;
      write = ''sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];'';
      links =
        path:
        let
          etc = config.environment.etc.${lib.removePrefix "/etc/" path} or { };
        in
        if lib.hasPrefix "/etc/" path then etc.source or null else null;
    }
    ++ import ./late-passwords.nix { inherit config lib phases; }
    ++ import ../sops/stand-in-warning.nix { inherit lib cfg; }
    ++ import ./copies.nix { inherit config lib cfg; }
    ++ import ./credentials.nix { inherit config lib cfg; }
    ++ lib.optional (byUnit && timing.late == [ ] && order.gates != [ ]) ''
      sops-install-secrets.service waits for ${lib.concatStringsSep ", " order.gates}, which the network brings, so it cannot come
      before the network and sysinit.target. Services may start without their secrets. Move the key to a local disk, or write for
      each that has some: systemd.services.<name>.after = [ "sops-secrets.target" ];
    ''
    ++ map (unit: ''
      ${unit} names a secret and starts early, and sops-install-secrets.service has to come late. It starts without the secret.
      Write: systemd.services.${lib.strings.escapeNixIdentifier (lib.removeSuffix ".service" unit)}.after = [ "sops-secrets.target" ];
    '') (lib.optionals byUnit order.losers)
  );
}
