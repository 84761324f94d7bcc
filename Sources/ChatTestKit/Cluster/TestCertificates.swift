import Foundation

/// Certificates that nothing but tests believes: whoever reads this has their keys. Good until 2126.
public enum TestCertificates {
    /// Writes texts to files of a fresh folder; gives their paths.
    public static func write(_ texts: [String]) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "certificates-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return try texts.enumerated().map { number, text in
            let file = folder.appending(path: "\(number).pem")
            try Data(text.utf8).write(to: file)
            return file.path
        }
    }

    /// Who vouches for the first.
    public static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBljCCATugAwIBAgIUFP8CetKHxxnLS7/G/xOpPv1yw+owCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMUGFybGV5IHRlc3RzMCAXDTI2MTEyMDE3MDEyMFoYDzIxMjYx
        MDI3MTcwMTIwWjAXMRUwEwYDVQQDDAxQYXJsZXkgdGVzdHMwWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAARjZlLKXSvQGZGW5O2MMP4ppLNFquR3prVNtrmTLj7paNTr
        6krZsDEFkgODb+ezwHYYP425VUVFSV1OMDig+MI6o2MwYTAdBgNVHQ4EFgQUFOjL
        p1gbk4Z5j0ljQ4J8BC1hfF8wHwYDVR0jBBgwFoAUFOjLp1gbk4Z5j0ljQ4J8BC1h
        fF8wDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwCgYIKoZIzj0EAwID
        SQAwRgIhANbE4ejaScWyLu6Vo7ZrrvMRtqnygbephDLTFXEzocSHAiEA85cCLtq8
        JpM07bb/1ghcP3Kou/vUtrlzPorvqO5m3kU=
        -----END CERTIFICATE-----

        """

    /// A certificate for localhost and 127.0.0.1, by the name `one`.
    public static let first = """
        -----BEGIN CERTIFICATE-----
        MIIBkjCCATigAwIBAgIUFvEiqeAwCx0ympenRP2Vf10ZFqswCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMUGFybGV5IHRlc3RzMCAXDTI2MTEyMDE3MDEyMFoYDzIxMjYx
        MDI3MTcwMTIwWjAOMQwwCgYDVQQDDANvbmUwWTATBgcqhkjOPQIBBggqhkjOPQMB
        BwNCAASfMlb1UrHf4Vdm+S7XnzrTBUpK3XVD6GQjV5m6NML5i4bt6GsDt0wTqYYu
        9eacGfp329/Z62fpyEnW4m1Nh4m0o2kwZzAaBgNVHREEEzARgglsb2NhbGhvc3SH
        BH8AAAEwCQYDVR0TBAIwADAdBgNVHQ4EFgQUmECopwTr/HkWjC2f+6tJp4/44Tkw
        HwYDVR0jBBgwFoAUFOjLp1gbk4Z5j0ljQ4J8BC1hfF8wCgYIKoZIzj0EAwIDSAAw
        RQIhAMV4zI2wSCEOLDzcBAr59i7Dn2fOyZyGQbHbbsvtkC7qAiBfKHz+MBbm3Hu3
        AeoG6K49BqBorfKU21RzxHHebDIyzQ==
        -----END CERTIFICATE-----

        """

    /// Its key.
    public static let firstKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0J0PEx+EWs0lRWJT
        9d8SUTqQdTOsYeMtXr6DrmYwXi6hRANCAASfMlb1UrHf4Vdm+S7XnzrTBUpK3XVD
        6GQjV5m6NML5i4bt6GsDt0wTqYYu9eacGfp329/Z62fpyEnW4m1Nh4m0
        -----END PRIVATE KEY-----

        """

    /// Another one, which vouches for itself.
    public static let second = """
        -----BEGIN CERTIFICATE-----
        MIIBkDCCATWgAwIBAgIUWdbY2jXSFahHhdBmah6s4uCXYRgwCgYIKoZIzj0EAwIw
        DjEMMAoGA1UEAwwDdHdvMCAXDTI2MTEyMDE3MjMxNFoYDzIxMjYxMDI3MTcyMzE0
        WjAOMQwwCgYDVQQDDAN0d28wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASAAf+U
        UaSg+nlRaETW8zDGV/584NZTGcAvH/7lMGwcJBQ9jEl7vaGgcTJagzh5av8bhcEk
        45lR+VoMC8+ArR+ho28wbTAdBgNVHQ4EFgQUHLSetBueLcLfy4cSto4q0380ejYw
        HwYDVR0jBBgwFoAUHLSetBueLcLfy4cSto4q0380ejYwDwYDVR0TAQH/BAUwAwEB
        /zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZIzj0EAwIDSQAwRgIh
        AL4E0fORJttbqlHbxO48H3TZgogXob0eQNLziz6n0pc2AiEAgxA/MBSnZCFymptG
        jSh0AcV/vqRFkBewEt2zsnpBzeM=
        -----END CERTIFICATE-----

        """

    /// Its key.
    public static let secondKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsgJ++gG6dzTwwOOU
        3o/0sJMLaRMvyz/0XXdB+/YdS9GhRANCAASAAf+UUaSg+nlRaETW8zDGV/584NZT
        GcAvH/7lMGwcJBQ9jEl7vaGgcTJagzh5av8bhcEk45lR+VoMC8+ArR+h
        -----END PRIVATE KEY-----

        """
}
