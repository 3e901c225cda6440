# The two times at which secrets are installed: for users before they are made, and all others after that. Both are
# made from the same parts, here.
{
  lib,
  pkgs,
  cfg,
}:
let
  forUsers = lib.filterAttrs (_: entry: entry.neededForUsers);
  regular = lib.filterAttrs (_: entry: !entry.neededForUsers);
  beforeSuffix =
    path: text:
    if path == null then
      null
    else
      let
        match = builtins.match "(.*/[^/]+)(\\.[^./]+)" path;
      in
      if match == null then path + text else lib.head match + text + lib.last match;

  phase =
    {
      suffix,
      secrets,
      templates,
      flags,
      secretsMountPoint,
      symlinkPath,
    }:
    let
      place = {
        inherit secretsMountPoint symlinkPath;
        statusFile = beforeSuffix cfg.agent.statusFile suffix;
        metricsFile = beforeSuffix cfg.agent.metricsFile suffix;
        inherit (cfg.agent) metricsNames;
      };
      data = import ../sops/manifest-data.nix { inherit lib; } {
        inherit
          cfg
          secrets
          templates
          place
          ;
        secretFields = fields.secret;
        templateFields = fields.template;
        mode = {
          inherit (cfg) useTmpfs;
          userMode = false;
        };
      };
    in
    place
    // {
      inherit secrets templates flags;
      unit = "sops-install-secrets${suffix}";
      active = secrets != { } || templates != { };
      manifest =
        import ../sops/manifest.nix
          {
            inherit lib pkgs cfg;
            checker = cfg.validationPackage;
          }
          {
            inherit data secrets;
            name = "manifest${suffix}.json";
          };
    };

  owner = [
    "owner"
    "uid"
    "group"
    "gid"
    "restartUnits"
    "reloadUnits"
  ];
  fields = {
    secret = owner ++ [
      "name"
      "key"
      "path"
      "format"
      "mode"
      "sopsFile"
      "sopsFileHash"
      "neededForUsers"
    ];
    template = owner ++ [
      "name"
      "path"
      "content"
      "mode"
      "file"
    ];
  };
in
{
  make = phase;

  regular = phase {
    suffix = "";
    secrets = regular cfg.secrets;
    templates = regular cfg.templates;
    flags = "";
    secretsMountPoint = "/run/secrets.d";
    symlinkPath = "/run/secrets";
  };

  users = phase {
    suffix = "-for-users";
    secrets = forUsers cfg.secrets;
    templates = forUsers cfg.templates;
    # No user or group exists yet that could be looked up.
    flags = "-ignore-passwd ";
    secretsMountPoint = "/run/secrets-for-users.d";
    symlinkPath = "/run/secrets-for-users";
  };
}
