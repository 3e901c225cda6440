# `sops.generators`: values that `hostseal generate` makes, and what the machine does with them.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.sops;
  inherit (cfg) generators;
  inherit (cfg.repository) machine;

  placeOf =
    generator: share: file:
    let
      scope = if share then "shared" else "per-machine/${machine}";
      name = "vars/${scope}/${generator}/${file}";
      source =
        if cfg.repository.path == null then
          throw "sops.generators.${generator}: sops.repository.path says where its public files lie"
        else
          cfg.repository.path + "/${name}/value";
      exists = cfg.repository.path != null && builtins.pathExists source;
    in
    {
      inherit name source exists;
      secretPath =
        neededFor:
        cfg.secrets.${name}.path or "${
          if neededFor == "users" then "/run/secrets-for-users" else "/run/secrets"
        }/${name}";
      public =
        if exists then
          builtins.path {
            name = lib.strings.sanitizeDerivationName "${generator}_${file}";
            path = source;
          }
        else
          throw "${name} has no value yet. Run: hostseal generate ${machine}";
    };

  # The secrets of generators that the repository has for this machine.
  installed = lib.concatMap (
    generator:
    lib.concatMap (
      file:
      let
        place = placeOf generator.name generator.share file.name;
      in
      lib.optional (file.secret && file.deploy && lib.elem place.name cfg.repository.found) {
        inherit generator file;
        inherit (place) name;
        previous = "${place.name}.previous";
      }
    ) (lib.attrValues generator.files)
  ) (lib.attrValues generators);

  # Before there is a value, there is nothing to apply.
  applied = lib.filterAttrs (
    name: generator:
    generator.rotate.apply != null && lib.any (item: item.generator.name == name) installed
  ) generators;
  unitOf = generator: "hostseal-apply-${generator.name}";
  unitsOf =
    { generator, file, ... }:
    lib.optional (generator.rotate.apply != null) "${unitOf generator}.service" ++ file.restartUnits;
in
{
  options.sops.generators = mkOption {
    type = types.attrsOf (import ./generator-type.nix { inherit lib pkgs placeOf; });
    default = { };
    example = lib.literalExpression ''
      {
        database = {
          files.password.make.random = { };
          files.password.restartUnits = [ "app.service" ];
          readers.groups = [ "admins" ];
          rotate.maxAge = "90d";
        };
      }
    '';
    description = ''
      Values that `hostseal generate` makes, and `hostseal rotate` makes anew. The flake has them for all machines as
      `hostseal.generators`; see `docs/vars.md`.
    '';
  };

  config = lib.mkIf (generators != { }) {
    sops.secrets = lib.listToAttrs (
      map (
        item:
        lib.nameValuePair item.name (
          lib.mapAttrs (_: lib.mkOverride 900) (
            lib.optionalAttrs (item.file.owner != "root" || item.file.group != "root") {
              inherit (item.file) owner group;
            }
            // lib.optionalAttrs (item.file.mode != "0400") { inherit (item.file) mode; }
            // lib.optionalAttrs (item.file.neededFor == "users") { neededForUsers = true; }
            // lib.optionalAttrs (unitsOf item != [ ]) { restartUnits = unitsOf item; }
          )
        )
      ) installed
    );

    systemd.services = lib.mapAttrs' (
      _: generator:
      let
        mine = lib.filter (item: item.generator.name == generator.name) installed;
        credential = file: name: "${file}:${cfg.secrets.${name}.path}";
      in
      lib.nameValuePair (unitOf generator) {
        description = "Apply the values of ${generator.name}";
        wantedBy = [ "multi-user.target" ];
        # In one restart of both, those who use a value come after it was applied.
        before = lib.unique (lib.concatMap (item: item.file.restartUnits) mine);
        script = generator.rotate.apply;
        serviceConfig = {
          Type = "oneshot";
          # Only what is active is restarted.
          RemainAfterExit = true;
          LoadCredential = lib.concatMap (
            item:
            [ (credential item.file.name item.name) ]
            ++ lib.optional (lib.elem item.previous cfg.repository.found) (
              credential "${item.file.name}.previous" item.previous
            )
          ) mine;
        };
      }
    ) applied;
  };
}
