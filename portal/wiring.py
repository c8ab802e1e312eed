"""One page: which verb answers which fact, and what the log holds a disclosure against.

Each reaction runs in the transaction of the fact it answers. A house test proves that no chain of them comes back.
"""

from portal.accounts import jobs as accounts_jobs
from portal.accounts.facts.accounts import AccountVerified
from portal.accounts.facts.cases import CaseOpened
from portal.accounts.facts.credentials import AddressChanged, AddressChangeUndone
from portal.accounts.facts.factors import RecoveryBegun, RecoveryDone, RecoveryNear, RecoveryStopped
from portal.accounts.facts.sessions import OwnerWarned, Proved, SignedIn
from portal.accounts.reactions import stop_by_factor, stop_by_undo
from portal.accounts.reads import delegation_held, delegation_live, role_live, session_live
from portal.accounts.reads.cases import case_open
from portal.audit.sequencer import Sequencer
from portal.customers import jobs as customers_jobs
from portal.customers.facts import CustomerErased
from portal.customers.reactions import follow_address, open_profile, stay, tell_of_recovery
from portal.files.reactions import forget_files
from portal.grants.facts import (
    GrantAmended,
    GrantGiven,
    GrantNarrowed,
    GrantRefused,
    GrantRequested,
    GrantRevoked,
    RequestOpened,
    RequestReplaced,
    RequestTurnedAway,
    RequestWithdrawn,
)
from portal.grants.reactions import end_grants, forget_choices
from portal.grants.reads import grant_live
from portal.grants.service.claiming import claim_reads
from portal.kernel.house import House, Wiring
from portal.kernel.settings import Settings
from portal.links import jobs as links_jobs
from portal.links.facts import LinkBlocked, LinkEnded, LinkFolded, LinkParted
from portal.links.reactions import end_links
from portal.links.reads import link_live
from portal.messages import jobs as messages_jobs
from portal.messages.reactions import (
    forget_notices,
    settle_grant,
    settle_request,
    tell_of_address,
    tell_of_answer,
    tell_of_begun,
    tell_of_case,
    tell_of_demand,
    tell_of_device,
    tell_of_opened,
    tell_of_request,
    tell_of_tries,
    tell_of_withdrawal,
)
from portal.oauth.reactions import end_tokens_of_grant, end_tokens_of_older
from portal.oauth.reads import client_live, token_live
from portal.oauth.service.claiming import claim_proofs
from portal.orders.added.reactions import forget_added
from portal.orders.demands.guests import jobs as guests_jobs
from portal.orders.demands.guests.reactions import mail_answer
from portal.orders.facts import DemandAnswered, WithdrawalAttached
from portal.orders.reactions import forget_orders, give_found_orders_back, move_found_orders
from portal.tickets.facts import TicketAnswered, TicketCreated, TicketResolved
from portal.tickets.reactions import forget_tickets, move_found_conversations, write_to_guest
from portal.vendors.reads import staff_held, staff_live, vendor_live

HANDLERS = (accounts_jobs, customers_jobs, guests_jobs, links_jobs, messages_jobs)
"""Modules that say who does which job; to import them is to register what they hold."""

WIRING = Wiring(
    leader=Sequencer,
    reactions={
        AccountVerified: (open_profile,),
        AddressChanged: (follow_address, tell_of_address),
        AddressChangeUndone: (follow_address, stay, stop_by_undo),
        CaseOpened: (tell_of_case,),
        # Permissions first: of those that a link ends a record would be made, which nobody could open.
        CustomerErased: (forget_choices, end_links, forget_orders, forget_added, forget_tickets, forget_files, forget_notices),
        DemandAnswered: (tell_of_demand, mail_answer),
        GrantAmended: (end_tokens_of_older, settle_request, settle_grant),
        GrantGiven: (settle_request,),
        GrantNarrowed: (settle_grant,),
        GrantRefused: (settle_request,),
        GrantRequested: (tell_of_request,),
        GrantRevoked: (end_tokens_of_grant, settle_grant),
        LinkBlocked: (end_grants,),
        LinkEnded: (end_grants,),
        LinkFolded: (move_found_orders, move_found_conversations),
        LinkParted: (give_found_orders_back,),
        OwnerWarned: (tell_of_tries,),
        RequestOpened: (tell_of_opened,),
        RequestReplaced: (settle_request,),
        RequestWithdrawn: (settle_request,),
        RequestTurnedAway: (settle_request,),
        SignedIn: (tell_of_device, stop_by_factor),
        Proved: (stop_by_factor,),
        RecoveryBegun: (tell_of_recovery,),
        RecoveryNear: (tell_of_recovery,),
        RecoveryStopped: (tell_of_recovery,),
        RecoveryDone: (tell_of_recovery,),
        TicketAnswered: (tell_of_answer, write_to_guest),
        TicketCreated: (tell_of_begun,),
        TicketResolved: (tell_of_answer, write_to_guest),
        WithdrawalAttached: (tell_of_withdrawal,),
    },
    conditions={
        "session_live": session_live,
        "role_live": role_live,
        "delegation_live": delegation_live,
        "delegation_held": delegation_held,
        "case_open": case_open,
        "vendor_live": vendor_live,
        "staff_live": staff_live,
        "staff_held": staff_held,
        "link_live": link_live,
        "token_live": token_live,
        "client_live": client_live,
        "grant_live": grant_live,
    },
    claims={"read_budget": claim_reads, "used_proof": claim_proofs},
)


def open_house(settings: Settings) -> House:
    """The house of an instance, wired."""
    return House.open(settings, WIRING)
