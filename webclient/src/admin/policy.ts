// Names of policies: those that are granted to users have "tag:" before their own, which people are spared.

/** The name as it is shown. */
export const shownName = (name: string) => name.replace(/^tag:/i, "");

/** Whether a policy is granted to users; all others hold by scope. */
export const grantable = (name: string) => /^tag:/i.test(name);
