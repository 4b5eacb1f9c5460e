export const errors = {
  service: {
    some: "A service of the cloud",
    identity: "Keystone (sign-in)",
    compute: "Nova (servers)",
    network: "Neutron (networks)",
    image: "Glance (images)",
    loadbalancer: "Octavia (load balancers)",
    volume: "Cinder (volumes)",
    containerInfra: "Magnum (clusters)",
  },
  error: {
    technical: "Technical details",
    requestId: "Request id",
    somebody: "somebody else",
    page: { what: "This page has failed", todo: "Load it again. What you typed in the wizard is kept." },
    unreachable: {
      what: "Slipway does not answer",
      why: "The network is down, or the server is being restarted.",
      todo: "Try again in a moment.",
    },
    signedOut: { what: "You are not signed in", why: "The server knows no session of yours.", todo: "Sign in." },
    sessionExpired: {
      what: "Your session has ended",
      why: "It lasts for a limited time.",
      todo: "Sign in again; what you typed is kept.",
    },
    badCredentials: {
      what: "The sign-in was refused",
      why: "User, password, domain or project is not right.",
      todo: "Check them, also the domain, and try again.",
    },
    oneTimeCodeNeeded: {
      what: "A one-time code is needed",
      why: "Your account asks for a second factor.",
      todo: "Type the code of your authenticator.",
    },
    passwordExpired: {
      what: "Your password has expired",
      why: "The cloud no longer accepts it.",
      todo: "Change it with “openstack user password set”, then sign in.",
    },
    notFromHere: {
      what: "The request was refused",
      why: "It did not come from this page as it is now.",
      todo: "Load the page again.",
    },
    roleMissing: {
      what: "You may not do this",
      why: "It needs the role {{role}} in this project.",
      todo: "Ask your administrator for the role.",
    },
    forbidden: { what: "The cloud refuses this", why: "Its rules do not allow it.", todo: "Ask your administrator." },
    restrictedCredential: {
      what: "This sign-in cannot create clusters",
      why: "A cluster needs a credential of its own, and you signed in with a restricted one, which cannot make another.",
      todo: "Sign in with your password or with an unrestricted application credential.",
    },
    notFound: { what: "It is not there", why: "It was deleted, or it belongs to another project.", todo: "Go back to the list." },
    invalid: {
      what: "The request is not right",
      why: "Something in it cannot be: {{detail}}",
      todo: "Change it and send it again.",
    },
    conflict: {
      what: "It cannot be done now",
      why: "Something else is under way, or the state does not allow it.",
      todo: "Wait until it is done and try again.",
    },
    changedMeanwhile: {
      what: "It was changed meanwhile",
      why: "It was changed by {{by}} at {{at}}, after you opened it.",
      todo: "Look at what is there now, and do it again if you still want it.",
    },
    quotaExceeded: {
      what: "The project's quota is too small",
      why: "There is not enough left:",
      todo: "Make it smaller, delete something, or ask your operator for more.",
    },
    notReady: { what: "It is not ready yet", why: "This is offered once the cluster is ACTIVE.", todo: "Wait until it is." },
    tooLarge: { what: "This is too large", why: "The request is larger than is accepted.", todo: "Make it smaller." },
    tooManyRequests: {
      what: "Too many requests",
      why: "More than the server takes from one user.",
      todo: "Try again in {{seconds}} seconds.",
    },
    unavailable: {
      what: "{{service}} does not answer",
      why: "The service is down, busy or out of reach.",
      todo: "Try again in a moment. If it stays so, tell your operator the request id.",
    },
    unsupported: {
      what: "This cloud does not have it",
      why: "The service behind it does not offer this.",
      todo: "Ask your operator.",
    },
    internal: {
      what: "Slipway has failed",
      why: "This is a fault of the console, not yours.",
      todo: "Try again. If it stays so, tell your operator the request id.",
    },
  },
};
