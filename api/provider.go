package api

// ProviderReturn is where, below the public address, an OpenID Connect provider sends
// people back to. The whole address is registered at the provider.
const ProviderReturn = "/signin/provider/return"
