# What the modules make of configurations, as data that can be compared with files.
{
  lib,
  # The modules: ours, or those of sops-nix for the comparison.
  modules ? {
    nixos = ../../nix/nixos;
    home-manager = ../../nix/home-manager;
    nix-darwin = ../../nix/nix-darwin;
  },
}:
let
  pkgs = import ./stand-ins/packages.nix { inherit lib; };
  writing = import ./stand-ins/packages.nix {
    inherit lib;
    written = true;
  };
  renderUnits = import ./render-units.nix { inherit lib; };

  # home-manager adds this to the library.
  entryAfter = after: data: {
    inherit after data;
    before = [ ];
  };
  libFor = {
    nixos = lib;
    home-manager = lib // {
      hm.dag = { inherit entryAfter; };
    };
    nix-darwin = lib;
  };

  evaluate = evaluateWith pkgs;
  evaluateWith =
    pkgs: system: configuration:
    lib.evalModules {
      specialArgs = {
        inherit pkgs;
        lib = libFor.${system};
      };
      modules = [
        ./stand-ins/${system}.nix
        modules.${system}
        configuration
      ];
    };

  read = file: builtins.fromJSON (builtins.unsafeDiscardStringContext file.text);
  messages = config: {
    refused = map (entry: entry.message) (lib.filter (entry: !entry.assertion) config.assertions);
    # The module system names files by where they lie, which is another place on every machine.
    warnings = map (lib.replaceStrings [ "${toString ../..}/" ] [ "" ]) config.warnings;
  };
  manifests = config: {
    manifest = read config.system.build.sops-nix-manifest;
    usersManifest = read config.system.build.sops-nix-users-manifest;
    checks = map (file: file.checkPhase) [
      config.system.build.sops-nix-manifest
      config.system.build.sops-nix-users-manifest
    ];
  };
in
{
  inherit pkgs;
  config =
    pkgs: system: configuration:
    (evaluateWith pkgs system configuration).config;
  options = system: (evaluate system { }).options;
  messages = system: configuration: messages (evaluate system configuration).config;

  nixos =
    configuration:
    let
      inherit (evaluate "nixos" configuration) config;
    in
    messages config
    // manifests config
    // {
      units = renderUnits config.systemd;
      # What NixOS adds says nothing about ours.
      activationScripts = removeAttrs config.system.activationScripts [
        "etc"
        "script"
      ];
      containers = {
        inherit (config) containers;
        manifests = lib.mapAttrs (_: read) (config.system.build.sops-nix-container-manifests or { });
      };
      # sops-nix has no such option.
      loadCredential = lib.mapAttrs (_: secret: secret.loadCredential or null) config.sops.secrets;
    };

  home-manager =
    configuration:
    let
      inherit (evaluate "home-manager" configuration) config;
      # Only the unit names the script, and only the script names the manifest.
      script =
        builtins.readFile
          (evaluateWith writing "home-manager" configuration)
          .config.systemd.user.services.sops-nix.Service.ExecStart;
      manifest = lib.head (builtins.match ".* ([^ ]+-manifest\\.json)\n.*" script);
    in
    messages config
    // {
      unit = config.systemd.user.services.sops-nix;
      agent = config.launchd.agents.sops-nix;
      activation = config.home.activation.sops-nix;
      inherit (config.home) sessionVariables;
      manifest = builtins.fromJSON (builtins.unsafeDiscardStringContext (builtins.readFile manifest));
      generatesKey = lib.hasInfix "age-keygen" script;
    };

  nix-darwin =
    configuration:
    let
      inherit (evaluate "nix-darwin" configuration) config;
    in
    messages config
    // manifests config
    // {
      postActivation = config.system.activationScripts.postActivation.text;
      inherit (config.launchd) daemons;
    };
}
