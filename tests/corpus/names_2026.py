"""Names of credentials in the documentation of services and tools up to 2026, and alike names.

They were collected independently of runreel's words, as ``names`` was. Each is written as its owner
writes it. In templates ``{value}`` is the credential, ``{name}`` its name.
"""

from __future__ import annotations

from collections.abc import Mapping

HEADERS = """
    X-Auth-Token X-Auth-Key X-Auth-Email-Token X-Access-Token X-Vault-Token X-Gitlab-Token
    X-Plex-Token X-Figma-Token X-Shopify-Access-Token X-Shopify-Storefront-Access-Token
    X-Contentful-Token X-Algolia-API-Key X-Typesense-Api-Key X-Meili-API-Key X-Consul-Token
    X-Nomad-Token X-Argo-Token X-Rundeck-Auth-Token X-JFrog-Art-Api X-Nuget-ApiKey X-Octopus-ApiKey
    X-RapidAPI-Key X-Mashape-Key X-RapidAPI-Proxy-Secret X-Mailgun-Key X-Postmark-Server-Token
    X-Postmark-Account-Token X-Sendgrid-Token X-Telegram-Bot-Api-Secret-Token X-Slack-Token
    X-Amz-Security-Token X-Amz-Cf-Secret X-Ms-Client-Secret X-Functions-Key x-ms-api-key
    X-Goog-IAP-JWT-Assertion X-Serverless-Authorization X-Forwarded-Access-Token
    X-Forwarded-Authorization X-Goog-Iam-Authorization-Token CF-Access-Client-Secret
    CF-Access-Jwt-Assertion CF-Access-Token Cf-Worker-Secret Fly-Client-Token Api-Token Api-Secret
    Access-Key Access-Secret Auth-Token Auth-Key Client-Secret Client-Token App-Token App-Secret
    App-Key DD-API-KEY DD-CLIENT-TOKEN Nr-Api-Key X-Insert-Key X-License-Key X-Query-Key
    Lightstep-Access-Token X-SF-Token X-Sentry-Token X-Rollbar-Access-Token X-Honeybadger-Token
    X-Dynatrace-Token PRIVATE-TOKEN JOB-TOKEN DEPLOY-KEY X-Drone-Token X-Buildkite-Token
    X-Circle-Token Circle-Token Travis-Token X-Terraform-Token X-Pulumi-Access-Token
    X-Portkey-Api-Key x-portkey-virtual-key X-Langfuse-Secret-Key X-Langsmith-Api-Key
    X-Braintrust-Api-Key X-Weave-Api-Key X-Phoenix-Token X-Helicone-Auth Helicone-Target-Auth
    X-OpenRouter-Key X-Stainless-Auth X-Qdrant-Api-Key X-Weaviate-Api-Key X-Cohere-Api-Key
    X-OpenAI-Api-Key X-Azure-Api-Key X-HuggingFace-Api-Key X-Voyage-Api-Key X-Jina-Api-Key
    X-Composio-Key X-Arcade-Token X-E2B-Access-Token X-Browserbase-Api-Key X-BB-API-Key
    X-Hyperbrowser-Key X-Steel-Api-Key Steel-Api-Key Xi-Api-Key X-Elevenlabs-Secret
    X-Deepgram-Token X-Assembly-Token X-Cartesia-Key X-Hasura-Admin-Secret X-Appwrite-Key
    X-Appwrite-JWT X-Supabase-Service-Key X-Parse-REST-API-Key X-Parse-Master-Key
    X-Parse-Session-Token X-Parse-Javascript-Key X-Strapi-Token X-Directus-Token X-CSRF-Token
    X-XSRF-Token X-CSRFToken X-Session-Token X-Okta-Session-Token X-Duo-Secret X-OTP
    X-GitHub-OTP X-Zendesk-Token X-Intercom-Secret X-Freshdesk-Key X-HubSpot-Key X-SF-Session-Token
    X-Square-Access-Token Paypal-Auth-Assertion X-Adyen-Api-Key X-Client-Secret X-CC-Api-Key
    OK-ACCESS-KEY OK-ACCESS-PASSPHRASE X-MBX-APIKEY X-Proxy-Secret X-Gateway-Secret
    X-Gateway-Token X-Edge-Secret X-Service-Token X-Machine-Token X-Agent-Token X-Runner-Token
    X-Worker-Key X-Cron-Secret X-Upstream-Auth X-Mcp-Auth-Token Mcp-Access-Token X-Mcp-Proxy-Auth
    X-User-Token X-Admin-Password X-Db-Password X-Refresh-Token X-Delegated-Token
    X-On-Behalf-Of-Token X-Backend-Key X-Partner-Key X-Tenant-Key X-Customer-Token X-Device-Secret
    X-Signature-Secret X-Provider-Key X-Upstream-Api-Key X-Llm-Key X-Org-Token X-Project-Token
    X-Workspace-Key X-Ingest-Key X-Write-Key X-Read-Key X-Admin-Key X-Master-Key X-Root-Token
    X-Basic-Auth X-Credentials X-User-Credentials X-Db-Pass X-Api-Pass X-Apikey X-Secret
"""
MEMBERS = """
    apiToken api_secret apiSecretKey api-secret appSecret app_secret_key appToken authToken
    auth_key authKey authSecret authPassword basicAuthPassword basic_auth_pass bearerToken
    bearer_token bindPassword bind_pw bindCredential botToken bot_secret callbackSecret
    channelSecret channelAccessToken cipherKey clientKey clientPassword client_key_data
    clientPrivateKey consumerSecret consumer_key_secret cookieSecret cookie_password cronSecret
    csrf_token dbPass db_pw databasePassword database_pwd decryptKey decryption_key
    deployToken deploy_key deviceToken device_secret encryptionKey encryption_secret
    encryptKey encodingAESKey ftpPassword ftp_pass gatewayToken gitToken git_password githubPat
    github_pat gitlab_private_token gpgPassphrase graphToken hmacKey hmacSecret imapPassword
    ingestKey installToken integrationSecret internalApiToken jwtSecret jwt_secret_key
    jwtSigningSecret jwtToken keyPassword key_passphrase keystore_pass kubeToken ldapPassword
    ldap_bind_password licenseKey license_key linkToken loginPassword loginToken login_pass
    machineToken magicLinkToken managementToken masterKey masterPassword mfaSecret mfa_token
    mqttPassword mongoPassword mysqlPassword nextAuthSecret npmToken npm_auth_token oauthSecret
    oauthToken oauth_token_secret oldPassword oneTimePassword one_time_token otpSecret otpSeed
    passcode passPhrase passkey password1 passwordHashSalt patToken pg_password pgpPrivateKey
    pinCode plaidSecret preSharedKey private_key privateToken projectToken proxyPassword
    proxy_pass publishToken pushToken rabbitmqPass readToken realtimeSecret recoveryToken
    redisPassword redisAuth refresh_token refreshToken registryPassword registryToken
    resetToken reset_password_token rootPassword rootToken rpcPassword runnerToken
    s3SecretKey s3_secret saslPassword sasl_password sasKey scimToken secretKey secretAccessKey
    secretToken sendgridKey serverKey serviceKey serviceRoleKey service_account_key
    service_token sessionKey sessionSecret sessionToken session_token sharedSecret shared_key
    signingKey signing_secret signingSecret slackSecret smtpPassword smtp_pass smsToken
    snmpCommunity sshKey sshPassword ssh_private_key sslKey sslKeyPassword stripeSecret streamKey
    stream_key
    subscriptionKey svcPassword systemToken telegramToken tempPassword temporary_password
    tlsKey tls_private_key totpSecret totp_seed trustStorePassword truststore_pass tunnelToken
    tunnelSecret twilioAuthToken unlockKey unlock_code uploadToken userPassword user_pass userToken
    vapidPrivateKey vaultToken vault_password verificationToken verifyToken verify_token
    vpnPassword wallet_secret webhookSecret webhookToken webhook_signing_key widgetSecret
    wifiPassword wifi_psk wifiKey workspaceToken writeKey write_key x-api-key xApiKey xAuthToken
    zoneKey zipPassword zip_pass accountPassword accountToken activationKey adminKey adminPass
    admin_pw agentToken anonKey anon_key accessSecret access_secret hookSecret kmsSecret
    inviteToken joinToken join_token k3s_token bootstrapToken bootstrap_token clusterSecret
    postgres_pass proofToken protectedKey seedPhrase mnemonicPhrase backupPhrase spendKey viewKey
    dockerPassword dockerconfigpassword helmPassword kafkaPassword nats_password natsToken
    openaiKey openai_api_key anthropicKey anthropic_api_key llmApiKey llm_key modelApiKey
    embeddingApiKey mcpToken mcp_auth_token toolSecret providerApiKey provider_key virtualKey
    virtual_key hfToken hf_token wandbApiKey wandb_key langfuseSecret pineconeApiKey
    clientSecretValue secret-key access-token api-token private-token auth-token db-password
    session-secret service-password signing-secret
"""
PAIRS = """
    POSTGRES_PASSWORD MYSQL_ROOT_PASSWORD MONGO_INITDB_ROOT_PASSWORD REDIS_PASSWORD
    RABBITMQ_DEFAULT_PASS MINIO_ROOT_PASSWORD MINIO_SECRET_KEY GF_SECURITY_ADMIN_PASSWORD
    KEYCLOAK_ADMIN_PASSWORD KC_DB_PASSWORD SECRET_KEY_BASE DJANGO_SECRET_KEY NEXTAUTH_SECRET
    AUTH_SECRET SESSION_SECRET JWT_SECRET COOKIE_SECRET ENCRYPTION_KEY APP_KEY RAILS_MASTER_KEY
    GITHUB_TOKEN GH_PAT NPM_TOKEN NODE_AUTH_TOKEN PYPI_TOKEN TWINE_PASSWORD CARGO_REGISTRY_TOKEN
    DOCKERHUB_PASSWORD DOCKER_PASS SONAR_TOKEN CODECOV_TOKEN SNYK_TOKEN SENTRY_AUTH_TOKEN
    TF_VAR_db_password TFE_TOKEN AWS_SECRET_ACCESS_KEY AZURE_CLIENT_SECRET ARM_CLIENT_SECRET
    ARM_ACCESS_KEY CLOUDFLARE_API_TOKEN TUNNEL_TOKEN K3S_TOKEN CONSUL_HTTP_TOKEN VAULT_TOKEN
    SLACK_BOT_TOKEN SLACK_SIGNING_SECRET DISCORD_TOKEN TWILIO_AUTH_TOKEN STRIPE_SECRET_KEY
    STRIPE_WEBHOOK_SECRET SMTP_PASSWORD MAIL_PASSWORD EMAIL_HOST_PASSWORD ELASTIC_PASSWORD
    OPENAI_API_KEY LANGFUSE_SECRET_KEY LITELLM_MASTER_KEY LITELLM_SALT_KEY QDRANT_API_KEY
    x-api-key Authorization access_token clientSecret sasl.jaas.password spring.datasource.password
"""
ELEMENTS = """
    Password password ApiKey ApiToken SecretKey ClientSecret AccessToken SessionToken UserPassword
    wsse:Password SharedSecret PrivateKey LicenseKey AuthToken passphrase dbPassword smtpPassword
    proxyPassword SecretAccessKey api-key auth_token EncryptionKey SecurityToken BinarySecurityToken
    LoginPassword Pwd passwd TransactionKey MerchantPassword SecurityKey
"""
NOTATIONS = {
    "kubernetes": '{{"spec":{{"env":[{{"name":"A","value":"1"}},'
    '{{"name":"{name}","value":"{value}"}}]}}}}',
    "har": '{{"headers":[{{"name":"{name}","value":"{value}","comment":""}}]}}',
    "postman": '{{"values":[{{"key":"{name}","value":"{value}","type":"secret","enabled":true}}]}}',
    "terraform": '{{"variables":{{"{name}":{{"value":"{value}"}}}}}}',
    "docker": '{{"Env":["PATH=/bin","{name}={value}"]}}',
    "actions": '{{"text":"env:\\n  {name}: {value}\\n  CI: true\\n"}}',
    "state": '{{"attributes":{{"{name}":"{value}","id":"x-1"}}}}',
    "insomnia": '{{"parameters":[{{"id":"pair_1","name":"{name}","value":"{value}"}}]}}',
}
"""JSON bodies with a variable's name beside its value."""

MARKUP = {
    "element": "<cfg><host>a</host><{name}>{value}</{name}></cfg>",
    "attribute": '<cfg><server host="a" {name}="{value}"/></cfg>',
    "add": '<add key="{name}" value="{value}"/>',
    "input": '<input type="hidden" name="{name}" value="{value}">',
}
"""XML and HTML."""

PROSE = r"""
    GITHUB_PAT={value}
    export AZDO_PAT={value}
    ADO_PAT="{value}"
    SUPABASE_JWT={value}
    export SERVICE_ROLE_JWT='{value}'
    STORAGE_SAS={value}
    BLOB_SAS_TOKEN={value}
    REGISTRY_CREDS=ann:{value}
    SVC_CREDS={value}
    REDISCLI_AUTH={value}
    NPM_AUTH={value}
    DB_PASS={value}
    MYSQL_PWD={value}
    PGPASSWORD={value}
    BORG_PASSPHRASE={value}
    export RESTIC_PASSWORD={value}
    COOKIE_SECRET={value}
    SENTRY_DSN=https://ann:{value}@sentry.internal/2
    DATABASE_URL=postgres://ann:{value}@db:5432/app
    $env:API_TOKEN = "{value}"
    set API_SECRET={value}
    setx SERVICE_PASSWORD {value}
    ENV ADMIN_PASSWORD={value}
    -e REDIS_PASSWORD={value}
    --build-arg NPM_TOKEN={value}
    SECRET_KEY_BASE={value}
    APP_SECRET={value}
    WORKER_AUTH_TOKEN={value}
    fish: set -gx OPENROUTER_TOKEN {value}
    sshpass -p {value} ssh root@build.internal
    sshpass -p'{value}' scp a b:
    docker login -u ann -p {value} ghcr.io
    docker login --username ann --password {value}
    podman login -u ann --password={value} quay.io
    helm registry login -u ann -p {value} r.internal
    curl -u ann:{value} https://api.internal/v2
    curl --user ann:{value} https://api.internal/v2
    curl -H 'X-Auth-Token: {value}' https://api.internal
    wget --http-password={value} https://files.internal/a
    wget --user=ann --password={value} https://files.internal/a
    http -a ann:{value} GET api.internal/items
    mysql -u root -p{value} app
    mysqldump --password={value} app
    PGPASSWORD={value} psql -h db app
    redis-cli -a {value} ping
    redis-cli --pass {value} ping
    mongosh --username ann --password {value}
    sqlcmd -S db -U sa -P {value}
    bcp app.dbo.t out t.csv -U sa -P {value}
    ldapsearch -D cn=admin -w {value} -b dc=x
    openssl rsa -passin pass:{value} -in k
    gpg --batch --passphrase {value} -d a.gpg
    keytool -list -keystore k.jks -storepass {value}
    jarsigner -keypass {value} a.jar alias
    7z x -p{value} a.7z
    unzip -P {value} a.zip
    zip -P {value} a.zip b
    vault login {value}
    vault kv put secret/db password={value}
    kubectl create secret generic db --from-literal=password={value}
    kubectl config set-credentials ann --token={value}
    kubectl create secret docker-registry r --docker-password={value}
    oc login --token={value}
    az login --service-principal -u x -p {value} --tenant y
    gh secret set DB_PASSWORD --body {value}
    heroku config:set SECRET_TOKEN={value}
    fly secrets set AUTH_SECRET={value}
    aws configure set aws_secret_access_key {value}
    npm config set //registry.internal/:_authToken {value}
    twine upload -u ann -p {value} dist/a.whl
    smbclient //s/x -U ann%{value}
    mount -t cifs //s/x /m -o username=ann,password={value}
    net use Z: //s/x {value} /user:ann
    rclone obscure {value}
    htpasswd -bc f ann {value}
    snmpwalk -v3 -u ann -A {value} host
    ansible-playbook a.yml -e ansible_password={value}
    cf login -u ann -p {value}
    lftp -u ann,{value} ftp.internal
    rabbitmqctl add_user ann {value}
    CREATE USER ann IDENTIFIED BY '{value}';
    CREATE USER 'ann'@'%' IDENTIFIED WITH caching_sha2_password BY '{value}';
    ALTER USER ann WITH ENCRYPTED PASSWORD '{value}';
    CREATE ROLE ann LOGIN PASSWORD '{value}';
    CREATE LOGIN ann WITH PASSWORD = '{value}';
    SET PASSWORD FOR 'ann'@'%' = '{value}';
    GRANT ALL ON app.* TO 'ann'@'%' IDENTIFIED BY '{value}';
    CREATE DATABASE LINK l CONNECT TO ann IDENTIFIED BY {value} USING 'x';
    CREATE USER MAPPING FOR ann SERVER s OPTIONS (user 'ann', password '{value}');
    CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET '{value}');
    CHANGE MASTER TO MASTER_USER='r', MASTER_PASSWORD='{value}';
    UPDATE users SET password = '{value}' WHERE id = 7;
    password: {value}
    db_password: "{value}"
    adminPassword: '{value}'
    client_secret: {value}
    api_token = "{value}"
    auth_token = '{value}'
    secret_key = "{value}"
    smtp.password={value}
    spring.datasource.password={value}
    jwt_secret: {value}
    access_token: {value}
    passphrase = {value}
    [client]\nuser=ann\npassword={value}
    requirepass {value}
    bind_credentials: {value}
    _authToken={value}
    machine api.internal login ann password {value}
    Das Kennwort ist {value}
    Dein neues Passwort: {value}
    Das Passwort für den Server lautet {value}
    Votre mot de passe est {value}
    Le mot de passe : {value}
    La clave es {value}
    Su contraseña: {value}
    A sua senha é {value}
    Palavra-passe: {value}
    La tua password è {value}
    Parola d'ordine: {value}
    Je wachtwoord is {value}
    Twoje hasło to {value}
    Hasło: {value}
    Şifreniz: {value}
    Ваш пароль: {value}
    Пароль — {value}
    パスワード: {value}
    パスワードは「{value}」です
    您的密码是{value}
    密碼: {value}
    비밀번호는 {value} 입니다
    비밀번호: {value}
    Lösenordet är {value}
    Adgangskode: {value}
    Heslo je {value}
    Mật khẩu: {value}
    كلمة المرور: {value}
    הסיסמה: {value}
    Salasana on {value}
    Kata sandi: {value}
    पासवर्ड: {value}
    รหัสผ่าน: {value}
    Κωδικός πρόσβασης: {value}
    Parola este {value}
    Passordet er {value}
"""

HARMLESS_NAMES = """
    session_id key_id passenger keyframe token_id credentialId api_key_id api_id client_id
    app_id next_token page_token continuation_token continuationToken cursor cursorToken
    sync_token skipToken progressToken progress_token watermark_token object_key blobKey
    file_key fileKey row_key rowKey composite_key dedup_key dedupKey entity_key group_key
    message_key event_key lock_key hash_key range_key shard_key shardKey distribution_key
    prompt_cache_key state_key thread_key map_key feature_key metric_key config_key settings_key
    field_key column_key bucket_key publishable_key site_key siteKey idempotent_key state nonce
    product_code discount_code trace_id span_id request_id thread_id user_id etag checksum
    content_hash commit_sha fingerprint session_name pin_version pinMessageId cookie_name
    cookie_policy salted bypass_reason passage passed_at encrypted_content keyName kms_key_id
    connection_id connectionName dsn_name sas_policy patch path patient pattern
"""
"""Names that announce no credential, whatever the value."""

HARMLESS: Mapping[str, object] = {
    "token_count": 18234,
    "max_tokens": 65536,
    "maxOutputTokens": 128000,
    "tokenLimit": 200000,
    "tokens_used": 4823,
    "cache_key": "r7d2k9x4m1qz",
    "cacheKey": "a4f9c2d81e7b",
    "idempotency-key": "p9x2m7k4v1zt",
    "idempotencyKey": "6f1c2d9a8e7b",
    "sessionId": "01jq8z4k7v2m",
    "keyId": "a1b2c3d4e5f6",
    "sort_key": "created_at#2026",
    "sortKey": "user#4823",
    "partition_key": "t9x2m7k4v1zt",
    "partitionKey": "tenant-4823a7",
    "signature_version": "s3v4",
    "pass_rate": "98.2pct",
    "passRate": 0.982,
    "public_key": "k3v9x2m7q1ztp4",
    "publicKey": "ed25519:8f3k2m9x1q7z",
    "author": "ann4823k9x2m",
    "authority": "login.example9x2.io",
    "secretary": "ann.lee482k9x",
    "passport_country": "de",
    "compass": "nnw48k9x2m7q",
    "keyboard_layout": "qwerty-us104",
    "keyword": "rtx5090ti16gb",
    "keywords": "gpt5 rtx5090",
    "monkey": "bonobo9x2m7q",
    "turkey": "anatolia34k9",
    "hockey": "nhl2026k9x2m",
    "tokenizer": "o200k_base9x2",
    "tokenizer_class": "Qwen3Tokenizer2",
    "token_type": "bearer2x9k4m",
    "tokenType": "jwt9068profile",
    "token_endpoint": "https://id.example.com/oauth2/token",
    "token_uri": "https://oauth2.example.com/token2",
    "tokenUrl": "https://id.example.com/t4k9x",
    "token_name": "ci-deploy-9x2m7q",
    "tokenId": "tk9x2m7q1zt4",
    "token_hash_algorithm": "sha256x2rounds",
    "token_expiry": "2026-11-30T18:00:00Z",
    "secret_name": "db-credentials-9x2m",
    "secretName": "pg-app-4k9x2m7q",
    "secretRef": "vault-app-9x2m7",
    "secret_arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-9x2m7q",
    "secret_version": "v4k9x2m7q1zt",
    "secret_id_ttl": "1440m9x2",
    "secret_path": "kv/data/app9x2m7",
    "password_policy": "nist800-63b-rev4",
    "passwordHint": "pet from 1998",
    "password_length": 16,
    "password_strength": "strong4of5",
    "password_changed_at": "2026-01-02T03:04:05Z",
    "password_expires_in": "90d",
    "passwordField": "input9x2m7q1",
    "credential_type": "k8s9x2m7q1zt",
    "credentials_file": "/etc/app9x2/creds.json",
    "credential_name": "prod-pg-9x2m7q",
    "user_tokens": 48230,
    "session_tokens": 120482,
    "api_keys": 48231,
    "access_tokens": 48233,
    "auth_type": "oauth2pkce9x",
    "authType": "oidc1core9x2",
    "auth_method": "k8s9x2m7q1zt",
    "auth_url": "https://id.example.com/a9x2m7",
    "authUri": "https://id.example.com/o4k9",
    "auth_provider": "okta4k9x2m7q",
    "auth_scheme": "aws4hmac9x2m",
    "authMode": "mtls12k9x2m7",
    "authenticated_at": "2026-01-02T03:04:05Z",
    "authorization_endpoint": "https://id.example.com/authorize",
    "authorization_details_type": "payment9x2m7",
    "api_version": "2026k9x2m7q1",
    "apiKeyName": "ci9x2m7q1zt4",
    "api_key_prefix": "9x2m7q1z",
    "api_key_hint": "9x2m",
    "access_level": "l4k9x2m7q1zt",
    "accessMode": "rw4k9x2m7q1z",
    "access_key_label": "ci9x2m7q1zt4",
    "access_policy": "p4k9x2m7q1zt",
    "access_token_url": "https://id.example.com/t9x2m7q",
    "access_token_expires_at": "2026-01-02T03:04:05Z",
    "refresh_token_expires_in": 86400,
    "clientId": "app9x2m7q1zt",
    "consumer_group": "g4k9x2m7q1zt",
    "nextToken": "aGk3v9x2m7q1",
    "nextPageToken": "cAk3v9x2m7q1",
    "pageToken": "k9x2m7q1zt4v",
    "resumeToken": "826k9x2m7q1z",
    "fencing_token": 4823,
    "pad_token": "<|pad9x2m7|>",
    "eos_token": "<|im_end4k9|>",
    "bos_token": "<|begin9x2m|>",
    "unk_token": "<unk4k9x2m>",
    "mask_token": "[MASK4k9x2]",
    "stop_token": "</s4k9x2m7>",
    "objectKey": "img9x2m7q1zt.png",
    "s3_key": "uploads/k3v9x2m7q1zt.bin",
    "storageKey": "theme-v2",
    "foreign_key": "fk_user9x2m7q",
    "primary_key": "order_line_id",
    "primaryKey": "orderLineId",
    "routing_key": "orders.k3v9x2m7",
    "issue_key": "PROJ-4823",
    "issueKey": "APP9X2-482",
    "project_key": "APP",
    "projectKey": "SHOP",
    "translation_key": "home.title9x2m7",
    "i18nKey": "home.title",
    "reactKey": "row-48",
    "query_key": "users-list",
    "queryKey": "users-list",
    "answer_key": "a1b2c3d4a5b6",
    "flag_key": "new-nav9x2m7q",
    "flagKey": "new-nav9x2m7q",
    "code": "e4k9x2m7q1zt",
    "error_code": "e4k9x2m7q1zt",
    "statusCode": 4823,
    "country_code": "de",
    "zip_code": "94103",
    "postalCode": "80331",
    "language_code": "pt-br",
    "promo_code": "spring26k9x2",
    "coupon_code": "save20k9x2m7",
    "system_fingerprint": "fp_k3v9x2m7q1",
    "signature_algorithm": "rsa9x2m7q1zt",
    "signed_headers": "host;x4k9x2",
    "session_duration": "4h9x2m7q1",
    "pinned_by": "ann9x2m7q1zt",
    "cookie_domain": "k3v9x2m7.example.com",
    "jwt_algorithm": "rs256k9x2m7q",
    "jwks_uri": "https://id.example.com/k9x2m7q1",
    "jwtIssuer": "idp9x2m7q1zt",
    "key_type": "rsa9x2m7q1zt",
    "keyAlgorithm": "ed25519k9x2m",
    "key_version": "v4k9x2m7q1zt",
    "keyVaultName": "kv9x2m7q1zt4",
    "key_ring": "ring9x2m7q1z",
    "keyspace": "ks9x2m7q1zt4",
    "keystore_path": "/opt/k9x2m7/k.jks",
    "kmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k3v9x2m7q1zt",
    "connection_type": "pg16k9x2m7q1",
}
"""Names that look like those of credentials, with values as they usually have."""
