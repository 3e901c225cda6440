# Secrets in containers. A file that is bound is the old one for good after a change, and `/run/secrets` leads to a place
# that is not there inside. So each container has a tree of its own, which is bound as a whole, with the link in it.
{
  config,
  options,
  lib,
  hostsealPhases,
  ...
}:
let
  cfg = config.sops;
  phases = hostsealPhases;

  # As another entry of the manifest: its owner is a number outside, and its path one inside of the tree.
  entry =
    container: secret:
    secret
    // {
      owner = null;
      group = null;
      uid = container.uidShift + secret.uid;
      gid = container.uidShift + secret.gid;
      path = "${container.directory}/current/${secret.name}";
      neededForUsers = false;
      parentMode = "0755";
    };
  phaseOf =
    name: container:
    phases.make {
      suffix = "-container-${name}";
      secrets = lib.mapAttrs (_: entry container) container.secrets;
      templates = { };
      flags = "";
      secretsMountPoint = container.directory;
      symlinkPath = "${container.directory}/current";
    };
  used = lib.filterAttrs (_: container: container.secrets != { }) cfg.containers;
  bound = lib.filterAttrs (_: container: container.bind) used;

  # What a configuration binds by hand and what goes stale there.
  inSecrets = path: path == "/run/secrets" || lib.hasPrefix "/run/secrets/" path;
  staleBinds =
    lib.concatLists (
      lib.mapAttrsToList (
        name: container:
        map (path: {
          inherit name path;
          option = "containers.${lib.strings.escapeNixIdentifier name}.bindMounts";
        }) (
          lib.filter inSecrets (
            lib.mapAttrsToList (
              mountPoint: bind: toString (if (bind.hostPath or null) == null then mountPoint else bind.hostPath)
            ) (container.bindMounts or { })
          )
        )
      ) (config.containers or { })
    )
    ++ lib.concatLists (
      lib.mapAttrsToList (
        name: container:
        map (path: {
          inherit name path;
          option = "virtualisation.oci-containers.containers.${lib.strings.escapeNixIdentifier name}.volumes";
        }) (
          lib.filter inSecrets (
            map (volume: lib.head (lib.splitString ":" (toString volume))) (container.volumes or [ ])
          )
        )
      ) (config.virtualisation.oci-containers.containers or { })
    );
in
{
  options.sops.containers = lib.mkOption {
    type = lib.types.attrsOf (import ./container-options.nix { inherit config lib cfg; });
    default = { };
    example = lib.literalExpression "{ web.secrets.database = { }; }";
    description = ''
      Secrets for containers, by the name of the container. Each sees its own and no others, and always the current values,
      without a restart. See *Containers* in `docs/boot.md`.
    '';
  };

  config = lib.mkMerge [
    {
      sops.containerPhases = lib.mapAttrs phaseOf used;
      system.build.sops-nix-container-manifests = lib.mapAttrs (
        _: phase: phase.manifest
      ) cfg.containerPhases;

      warnings = map (
        {
          name,
          option,
          path,
        }:
        ''
          ${option} binds ${path}: inside, the container keeps the old value after a change, or finds nothing at all.
          Write: sops.containers.${lib.strings.escapeNixIdentifier name}.secrets = { … };  and bind what it says.
          Or, for a value that is read at the start, a credential, with the unit of the container in restartUnits.
        ''
      ) staleBinds;
    }
    (lib.optionalAttrs (options ? containers) {
      containers = lib.mapAttrs (_: container: {
        bindMounts.${container.directory} = {
          hostPath = container.directory;
          isReadOnly = true;
        };
        config.systemd.tmpfiles.rules = [ "L+ /run/secrets - - - - ${container.directory}/current" ];
      }) bound;
    })
  ];
}
