# What the agent is asked to install, as data: the manifest of sops-nix, field by field, and under `hostseal` what
# sops-nix does not know. The program of sops-nix skips that one key.
{ lib }:
{
  cfg,
  secrets,
  templates,
  # Where the files go: secretsMountPoint, symlinkPath, statusFile, metricsFile, metricsNames.
  place,
  # The fields of a secret and of a template that this system has.
  secretFields,
  templateFields,
  # Further top-level fields: userMode, useTmpfs.
  mode,
}:
let
  take = fields: lib.filterAttrs (field: _: lib.elem field fields);

  # Placeholders are found by the name of the file, and the attribute may have another one. A secret of this
  # manifest comes first; the others are there so that the agent can say what is wrong.
  placeholders = lib.mapAttrs' (
    attribute: text: lib.nameValuePair (cfg.secrets.${attribute}.name or attribute) text
  );
  own = builtins.intersectAttrs secrets cfg.placeholder;

  ownFile = import ./own-file.nix { inherit lib; };
  handling =
    entry:
    lib.nameValuePair entry.name (
      {
        inherit (entry)
          onFailure
          optional
          symlink
          parentMode
          ;
        # In a home there is nobody else that could own a directory.
        parentOwner = entry.parentOwner or null;
        parentGroup = entry.parentGroup or null;
      }
      // lib.optionalAttrs (entry ? allowEmpty) { inherit (entry) allowEmpty; }
      // lib.optionalAttrs (entry.hashed or null != null) { inherit (entry) hashed; }
      // lib.optionalAttrs (cfg.standIn && entry.standIn or null != null) { inherit (entry) standIn; }
      // lib.optionalAttrs (entry ? sopsFile && ownFile entry != null) { file = ownFile entry; }
      // lib.optionalAttrs ((entry.place or null) != null) { inherit (entry) place; }
    );
  handlings = entries: lib.listToAttrs (map handling (lib.attrValues entries));

  # The agent starts no program that is not named here, and looks for none.
  plugins = lib.listToAttrs (
    lib.concatMap (
      package:
      let
        program = package.meta.mainProgram or (lib.getName package);
      in
      lib.optional (lib.hasPrefix "age-plugin-" program) (
        lib.nameValuePair (lib.removePrefix "age-plugin-" program) (lib.getExe' package program)
      )
    ) cfg.age.plugins
  );
in
{
  secrets = map (take secretFields) (lib.attrValues secrets);
  templates = map (take templateFields) (lib.attrValues templates);
  placeholderBySecretName = placeholders cfg.placeholder // placeholders own;
  inherit (place) secretsMountPoint symlinkPath;
  inherit (cfg) keepGenerations;
  gnupgHome = cfg.gnupg.home;
  # Not the values themselves: `/etc/ssh/…` written as a path would be copied to the store.
  sshKeyPaths = map toString cfg.gnupg.sshKeyPaths;
  ageKeyFile = cfg.age.keyFile;
  ageSshKeyPaths = map toString cfg.age.sshKeyPaths;
  logging = lib.genAttrs [ "keyImport" "secretChanges" ] (what: lib.elem what cfg.log);
  hostseal = {
    version = 1;
    inherit (cfg) bindings onFailure machineRecipients;
    inherit (place) statusFile metricsFile metricsNames;
    inherit plugins;
    secrets = handlings secrets;
    templates = handlings templates;
  }
  // lib.optionalAttrs cfg.standIn { standIn = true; };
}
// mode
