# A manifest as a file in the store, checked by the agent while it is built: what is wrong stops a rebuild and not a
# boot.
{
  lib,
  pkgs,
  cfg,
  # The package that checks. It runs on the machine that builds.
  checker,
}:
{
  name,
  data,
  secrets,
}:
let
  missing = secret: ''
    Cannot find path '${toString secret.sopsFile}' set in sops.secrets.${attribute secret}.sopsFile
  '';
  outside = secret: ''
    '${toString secret.sopsFile}' is not in the Nix store. Either add it to the Nix store or set sops.validateSopsFiles to false
  '';
  attribute = secret: lib.strings.escapeNixIdentifier secret.name;
  inStore =
    file: lib.isPath file || lib.hasPrefix builtins.storeDir (builtins.unsafeDiscardStringContext file);

  problems = lib.concatMap (
    secret:
    lib.optional (!builtins.pathExists secret.sopsFile) (missing secret)
    ++ lib.optional (!inStore (secret.sopsFile)) (outside secret)
  ) (lib.attrValues secrets);
in
if cfg.validateSopsFiles && problems != [ ] then
  throw "\nFailed assertions:\n${lib.concatMapStrings (problem: "- ${problem}") problems}"
else
  pkgs.writeTextFile {
    inherit name;
    text = builtins.toJSON data;
    checkPhase = ''
      ${checker}/bin/sops-install-secrets -check-mode=${
        if cfg.validateSopsFiles then "sopsfile" else "manifest"
      } "$out"
    '';
  }
