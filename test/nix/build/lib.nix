# What flake.nix and the packages use of nixpkgs' library, for a machine that has Nix and no nixpkgs.
let
  optionals = condition: list: if condition then list else [ ];
  getBin = package: package.bin or package;
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
in
rec {
  inherit optionals getBin;
  genAttrs =
    names: value:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = value name;
      }) names
    );
  nameValuePair = name: value: { inherit name value; };
  mapAttrs' =
    pair: attrs:
    builtins.listToAttrs (map (name: pair name attrs.${name}) (builtins.attrNames attrs));
  filterAttrs =
    keep: attrs:
    removeAttrs attrs (builtins.filter (name: !keep name attrs.${name}) (builtins.attrNames attrs));
  hasSuffix =
    suffix: text:
    let
      length = builtins.stringLength text - builtins.stringLength suffix;
    in
    length >= 0 && builtins.substring length (-1) text == suffix;
  removeSuffix =
    suffix: text:
    if hasSuffix suffix text then
      builtins.substring 0 (builtins.stringLength text - builtins.stringLength suffix) text
    else
      text;
  optional = condition: value: optionals condition [ value ];
  optionalString = condition: text: if condition then text else "";
  optionalAttrs = condition: attrs: if condition then attrs else { };
  importJSON = path: builtins.fromJSON (builtins.readFile path);
  makeBinPath =
    packages: builtins.concatStringsSep ":" (map (package: "${getBin package}/bin") packages);
  getExe' = package: name: "${getBin package}/bin/${name}";

  fileset = {
    unions = paths: paths;
    # The paths, and the directories that lead to them.
    toSource =
      { root, fileset }:
      {
        outPath = builtins.path {
          path = root;
          name = "source";
          filter =
            path: _:
            builtins.any (
              wanted:
              path == toString wanted
              || hasPrefix "${toString wanted}/" path
              || hasPrefix "${path}/" (toString wanted)
            ) fileset;
        };
      };
  };

  fetchers.proxyImpureEnvVars = [
    "http_proxy"
    "https_proxy"
    "no_proxy"
    "HTTP_PROXY"
    "HTTPS_PROXY"
    "NO_PROXY"
    "NIX_SSL_CERT_FILE"
  ];
  licenses.mit.spdxId = "MIT";
  platforms.linux = [
    "x86_64-linux"
    "aarch64-linux"
  ];
  platforms.darwin = [
    "x86_64-darwin"
    "aarch64-darwin"
  ];
}
