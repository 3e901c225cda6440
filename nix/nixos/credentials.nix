# Values that are larger than systemd takes for a credential: the unit would fail with 243 at every start. A sealed
# value tells its size.
{
  config,
  lib,
  cfg,
}:
let
  # Of the name and the value together.
  most = 1048576;

  # The sealed texts between the marker of a key and the end of its data.
  dataAfter = marker: text: lib.head (lib.splitString ",iv:" (lib.last (lib.splitString marker text)));
  sealed = "ENC[AES256_GCM,data:";
  sizeOf =
    secret:
    let
      text = builtins.readFile secret.sopsFile;
      leaf = lib.last (lib.splitString "/" secret.key);
      markers = lib.filter (marker: contains marker text) (
        if secret.format == "binary" then
          [ "\"data\": \"${sealed}" ]
        else if secret.key == "" then
          [ ]
        else
          [
            "${leaf}: ${sealed}"
            "\"${leaf}\": \"${sealed}"
          ]
      );
      data = if markers == [ ] then text else dataAfter (lib.head markers) text;
    in
    # Base64.
    lib.stringLength data * 3 / 4;
  contains = import ../sops/contains.nix;

  # What is in the store, and large enough to be looked at.
  isReadable =
    secret:
    cfg.validateSopsFiles
    && (lib.isPath secret.sopsFile || lib.hasPrefix builtins.storeDir (toString secret.sopsFile))
    && builtins.pathExists secret.sopsFile;
  secretAt =
    path:
    lib.findFirst (
      secret: path == secret.path || path == "/run/secrets/${secret.name}"
    ) null (lib.attrValues cfg.secrets);

  credentials = lib.concatLists (
    lib.mapAttrsToList (
      unit: service:
      map (text: {
        inherit unit;
        id = lib.head (lib.splitString ":" text);
        secret = secretAt (lib.concatStringsSep ":" (lib.tail (lib.splitString ":" text)));
      }) (map toString (lib.toList (service.serviceConfig.LoadCredential or [ ])))
    ) config.systemd.services
  );
in
lib.concatMap (
  {
    unit,
    id,
    secret,
  }:
  lib.optional
    (secret != null && isReadable secret && sizeOf secret + lib.stringLength id > most)
    ''
      systemd.services.${lib.strings.escapeNixIdentifier unit} has the secret "${secret.name}" as the credential ${id}, and it is larger
      than the 1 MiB that systemd takes: the unit fails with 243/CREDENTIALS. Let it read the file: ${secret.path}
      Write: sops.secrets.${lib.strings.escapeNixIdentifier secret.name}.owner = "…";  or SupplementaryGroups= with its group.
    ''
) credentials
