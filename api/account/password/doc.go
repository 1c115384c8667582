// Package password says which passwords are good enough, and hashes and checks
// them without letting a crowd at the door take the whole machine.
//
// Rules are those of NIST SP 800-63B-4, section 3.1.1.2: at least 15 characters,
// because a password may be the only factor; at most as many as hashing allows;
// every character counts, and no rule says of what kind they must be; no hints, no
// expiry; refused when common, a sequence, a repetition, or made of the person's
// own name, number or address. Passwords are compared in Unicode's form NFKC,
// because keyboards differ in how they write Vietnamese letters.
//
// Hashes are argon2id (RFC 9106) in the PHC string format:
//
//	$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>
package password
